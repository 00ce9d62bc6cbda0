from collections.abc import Iterator

import pytest
from services.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests; each makes its own database in it."""
    server = Postgres()
    yield server
    server.remove()
