import math
from functools import partial
from pathlib import Path

import pytest

from hypersonde.errors import InvalidInput, StudyConflict
from hypersonde.storage import Header, MemoryStorage, SqlStorage, copy
from hypersonde.storage.codec import encode
from hypersonde.testing.storages import finished, log_of, started
from hypersonde.trials import Finished, State


def test_a_study_moves_between_databases_event_by_event(tmp_path: Path) -> None:
    header = Header("search", {"seed": 1})
    with SqlStorage(tmp_path / "from.db") as source, SqlStorage(tmp_path / "to.db") as target:
        source.open(header)
        for _ in range(3):
            source.create([started()] * 2_000)
            source.append([finished(n) for n in range(2_000)])
        assert copy(source, target) == header
    logs = [log_of(partial(SqlStorage, tmp_path / name), header) for name in ("from.db", "to.db")]
    assert len(logs[0]) == 8_000
    assert logs[0] == logs[1]


def test_without_a_name_there_must_be_one_study() -> None:
    source = MemoryStorage()
    with pytest.raises(InvalidInput, match="the source has none"):
        copy(source, MemoryStorage())
    source.open(Header("a", {}))
    source.open(Header("b", {}))
    with pytest.raises(InvalidInput, match="the source has 'a', 'b'"):
        copy(source, MemoryStorage())
    assert copy(source, MemoryStorage(), "b").name == "b"
    with pytest.raises(InvalidInput, match="copy of the study 'c'"):
        copy(source, MemoryStorage(), "c")


def test_a_study_that_the_target_has_already_is_not_touched() -> None:
    source, target = MemoryStorage(), MemoryStorage()
    source.open(Header("a", {}))
    target.open(Header("a", {"seed": 7}))
    with pytest.raises(StudyConflict, match="'a' already"):
        copy(source, target)
    assert target.studies() == [Header("a", {"seed": 7})]


def test_a_copy_that_was_interrupted_goes_on_where_it_stopped(tmp_path: Path) -> None:
    header = Header("search", {"seed": 1})

    def interrupt(done: int, total: int) -> None:
        if done >= 10_000:
            raise KeyboardInterrupt

    with SqlStorage(tmp_path / "from.db") as source:
        source.open(header)
        for _ in range(6):
            source.create([started()] * 2_000)
        source.append([Finished(0, 2.0, State.FAILED, metrics={"loss": math.nan})])
        with SqlStorage(tmp_path / "to.db") as target, pytest.raises(KeyboardInterrupt):
            copy(source, target, progress=interrupt)
        half = log_of(partial(SqlStorage, tmp_path / "to.db"), header)
        assert len(half) == 10_000
        for _ in range(2):
            with SqlStorage(tmp_path / "to.db") as target:
                copy(source, target)
        source.open(header)
        assert list(map(encode, log_of(partial(SqlStorage, tmp_path / "to.db"), header))) == list(
            map(encode, source.read())
        )


def test_a_study_that_went_another_way_is_not_touched() -> None:
    source, target = MemoryStorage(), MemoryStorage()
    for storage, value in ((source, 0.1), (target, 0.2)):
        storage.open(Header("a", {}))
        storage.create([started()])
        storage.append([finished(0, value)])
    with pytest.raises(StudyConflict, match="'a' already, which is not the beginning of this one"):
        copy(source, target)
    target.open(Header("a", {}))
    assert target.read()[1:] == [finished(0, 0.2)]
