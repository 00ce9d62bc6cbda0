from functools import partial
from pathlib import Path

import pytest

from hypersonde.storage import SqlStorage
from hypersonde.testing.crowds import CrowdLaws
from hypersonde.testing.storages import Opener


class TestSqlite(CrowdLaws):
    @pytest.fixture
    def opener(self, tmp_path: Path) -> Opener:
        return partial(SqlStorage, tmp_path / "study.db")
