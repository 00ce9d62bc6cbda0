from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from hypersonde.errors import InvalidInput, StorageError
from hypersonde.storage import SpoolStorage, SqlStorage, open_storage
from hypersonde.storage.filesystem import type_of
from hypersonde.testing.storages import HEADER, log_of, started


def test_a_text_names_a_file_or_a_spool(tmp_path: Path) -> None:
    for text, kind in ((f"{tmp_path}/deep/study.db", SqlStorage), (f"spool:{tmp_path}/deep/spool", SpoolStorage)):
        with open_storage(text) as storage:
            assert type(storage) is kind
            storage.open(HEADER)
            storage.create([started()])
        assert len(log_of(lambda text=text: open_storage(text, make=False))) == 1


@pytest.mark.parametrize("text", ["mysql://me@here/db", "spol:/tmp/x://", "ftp://x"])
def test_an_unknown_kind_lists_the_known_ones(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"Known: .*spool"):
        open_storage(text)


def test_a_place_that_must_exist_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is nothing at .*none\.db"):
        open_storage(f"{tmp_path}/none.db", make=False)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def nfs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    mounts = [SimpleNamespace(mountpoint="/", fstype="ext4"), SimpleNamespace(mountpoint=str(tmp_path), fstype="nfs4")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: mounts)
    return tmp_path


def test_sqlite_on_a_network_file_system_is_refused_and_a_spool_is_not(nfs: Path) -> None:
    assert type_of(nfs / "no" / "such" / "study.db") == "nfs4"
    with pytest.raises(StorageError, match=r"network file system \(nfs4\).*spool:"):
        open_storage(f"{nfs}/study.db")
    open_storage(f"spool:{nfs}/spool").close()


def test_the_file_system_of_this_machine_is_named() -> None:
    assert type_of("/proc/self") == "proc"
