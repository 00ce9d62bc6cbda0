import pytest

from hypersonde.storage import MemoryStorage
from hypersonde.testing.storages import Opener, StorageLaws


class TestMemoryStorage(StorageLaws):
    @pytest.fixture
    def opener(self) -> Opener:
        shared = MemoryStorage()

        def opener(lease: float | None = None) -> MemoryStorage:
            return shared if lease is None else MemoryStorage(lease=lease)

        return opener
