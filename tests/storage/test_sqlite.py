from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from services.postgres import MEMORY

from hypersonde.storage import SqlStorage
from hypersonde.testing.crowds import CrowdLaws
from hypersonde.testing.storages import Opener


class TestSqlite(CrowdLaws):
    """The laws kill processes, not machines, so the files may lie on a memory disk, which is faster."""

    @pytest.fixture
    def opener(self) -> Iterator[Opener]:
        with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as place:
            yield partial(SqlStorage, Path(place) / "study.db")
