from functools import partial
from pathlib import Path

import pytest

from hypersonde.storage import SqlStorage
from hypersonde.testing.storages import Opener, StorageLaws


class TestSqlite(StorageLaws):
    @pytest.fixture
    def opener(self, tmp_path: Path) -> Opener:
        return partial(SqlStorage, tmp_path / "study.db")
