from collections.abc import Iterator

import pytest
from services.postgres import Postgres
from services.slurm import Slurm

SLOW = {"integration", "engines"}
"""Directories of tests that wait for real engines most of the time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones begin first: others run while they wait, and none of them is left for the end."""
    items.sort(key=lambda item: SLOW.isdisjoint(item.path.parts))


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
