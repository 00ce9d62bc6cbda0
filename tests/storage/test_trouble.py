"""What goes wrong with a file ends in one clear line and loses nothing that was appended before."""

import os
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from hypersonde.errors import InvalidInput, StorageError
from hypersonde.storage import SqlStorage, connection, copy, database
from hypersonde.testing.storages import HEADER, finished, log_of, started

NOBODY = 65534


def write_some(path: Path, trials: int = 3) -> int:
    """A study with finished trials; how many events it has."""
    with SqlStorage(path) as storage:
        storage.open(HEADER)
        storage.create([started()] * trials)
        storage.append([finished(i) for i in range(trials)])
    return 2 * trials


def complaint(path: object) -> str:
    with pytest.raises((StorageError, InvalidInput)) as caught:
        SqlStorage(path)  # type: ignore[arg-type]
    return str(caught.value)


def in_a_child(work: Callable[[], str], before: Callable[[], None]) -> str:
    """What `work` returns, or the error it ends in, in a process that did something irreversible `before`."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            before()
            said = work()
        except StorageError as error:
            said = f"StorageError: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as pipe:
        return pipe.read()


def become_nobody() -> None:
    """Permissions do not stop root."""
    if os.getuid() == 0:
        os.setuid(NOBODY)


def limit_files() -> None:
    """No file may grow beyond this: what a full disk or a quota does."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


def write_and_say(path: Path, trials: int) -> str:
    with SqlStorage(path) as storage:
        storage.open(HEADER)
        said = f"{len(storage.read())} read"
        for _ in range(trials):
            storage.create([started()])
    return said


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory outside those that only root may enter."""
    with TemporaryDirectory() as place:
        Path(place).chmod(0o777)
        yield Path(place)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    path.write_text("dear diary, " * 1000)
    assert complaint(path).startswith(f"{path}: the file is not a database")
    assert path.read_text().startswith("dear diary")


def test_a_database_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    with sqlite3.connect(path) as db:
        db.execute("create table studies (study_id integer)")
    assert "is a database of something else (it has the tables studies" in complaint(path)


def test_a_database_of_another_version(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    n = write_some(path)
    with sqlite3.connect(path) as db:
        db.execute("update hypersonde set version = 99")
    assert f"{path} has layout 99" in complaint(path)
    with sqlite3.connect(path) as db:
        assert db.execute("select count(*) from events").fetchone() == (n,)


def test_a_directory_that_does_not_exist_or_is_no_directory(tmp_path: Path) -> None:
    for path in (tmp_path / "missing" / "study.db", tmp_path):
        assert f"{path}: the file cannot be opened" in complaint(path)


@pytest.mark.parametrize("url", ["mysql://host/db", "://", "sqlite://", "study://x y"])
def test_an_address_of_another_kind(url: str) -> None:
    assert "expected the path of a SQLite file" in complaint(url)


def test_a_directory_that_is_read_only(open_place: Path) -> None:
    path = open_place / "study.db"
    open_place.chmod(0o555)
    said = in_a_child(partial(write_and_say, path, 1), become_nobody)
    assert said.startswith(f"StorageError: {path}: the file cannot be opened")
    assert "\n" not in said


def test_a_file_that_is_read_only(open_place: Path) -> None:
    path = open_place / "study.db"
    n = write_some(path)
    path.chmod(0o444)
    said = in_a_child(partial(write_and_say, path, 1), become_nobody)
    assert said.startswith(f"StorageError: {path}: the file or its directory is read-only")
    assert "\n" not in said
    assert len(log_of(partial(SqlStorage, path))) == n


def test_a_file_that_is_read_only_can_be_read(open_place: Path) -> None:
    path = open_place / "study.db"
    n = write_some(path)
    path.chmod(0o444)
    assert in_a_child(partial(write_and_say, path, 0), become_nobody) == f"{n} read"


def test_a_full_disk(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    n = write_some(path)
    said = in_a_child(partial(write_and_say, path, 10_000), limit_files)
    assert said.startswith(f"StorageError: {path}: the disk")
    assert "what was recorded stays" in said
    assert "\n" not in said
    log = log_of(partial(SqlStorage, path))
    assert len(log) > n
    assert [event.number for event in log[n:]] == list(range(n // 2, n // 2 + len(log) - n))


def test_a_damaged_event_is_named_and_what_is_before_can_be_saved(tmp_path: Path) -> None:
    path, saved = tmp_path / "study.db", tmp_path / "saved.db"
    write_some(path)
    events = log_of(partial(SqlStorage, path))
    assert len(events) > 2
    with sqlite3.connect(path) as db:
        db.execute("update events set body = ? where seq = (select max(seq) from events)", ('{"config": {"x"',))
    where = f"^{path}, study {HEADER.name!r}: event {len(events)} cannot be read .*hypersonde storage copy"
    with SqlStorage(path) as storage, SqlStorage(saved) as target:
        storage.open(HEADER)
        with pytest.raises(StorageError, match=where):
            storage.read()
        with pytest.raises(StorageError, match=f"Copied were the {len(events) - 1} events before it"):
            copy(storage, target)
    assert log_of(partial(SqlStorage, saved)) == events[:-1]


def test_a_file_that_another_process_keeps_locked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "study.db"
    write_some(path)
    monkeypatch.setattr(connection, "TURN", 0.1)
    monkeypatch.setitem(database.PATIENCE, "sqlite", 0.3)
    with SqlStorage(path) as storage:
        storage.open(HEADER)
        blocker = sqlite3.connect(path, isolation_level=None)
        blocker.execute("begin immediate")
        with pytest.raises(StorageError, match="another process keeps the file locked") as caught:
            storage.create([started()])
        assert f"fuser {path}" in str(caught.value)
        blocker.execute("rollback")
        blocker.close()
        assert storage.create([started()])[0].number == 3


def test_a_write_that_was_torn_by_a_crash_loses_nothing_that_had_returned(tmp_path: Path) -> None:
    path, after = tmp_path / "study.db", tmp_path / "after.db"
    with SqlStorage(path) as storage:
        storage.open(HEADER)
        storage.create([started()] * 10)
        storage.append([finished(0)])
        whole = (tmp_path / "study.db-wal").read_bytes()
        storage.append([finished(i) for i in range(1, 10)])
        torn = (tmp_path / "study.db-wal").read_bytes()
        database = path.read_bytes()
    for size in range(len(whole), len(torn), 997):
        after.write_bytes(database)
        (tmp_path / "after.db-wal").write_bytes(torn[:size])
        log = log_of(partial(SqlStorage, after))
        assert log[:11] == [*(started(i) for i in range(10)), finished(0)]
        assert len(log) == 11, "a transaction is there as a whole or not at all"


@pytest.mark.parametrize("replaced", [False, True])
def test_a_file_that_is_removed_or_replaced_while_it_is_in_use_is_noticed(tmp_path: Path, replaced: bool) -> None:
    path = tmp_path / "study.db"
    with SqlStorage(path) as storage:
        storage.open(HEADER)
        storage.create([started()])
        path.rename(tmp_path / "elsewhere.db")
        if replaced:
            write_some(path)
        with pytest.raises(StorageError, match=r"study\.db: the file was removed or replaced while it was in use"):
            storage.append([finished(0)])
