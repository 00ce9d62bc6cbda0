from collections.abc import Iterator

import pytest
from services.postgres import Postgres
from services.slurm import Slurm


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all tests; each makes its own database in it."""
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """A cluster of four nodes with one core each; a test leaves it without jobs and with all nodes up."""
    cluster = Slurm()
    yield cluster
    cluster.remove()
