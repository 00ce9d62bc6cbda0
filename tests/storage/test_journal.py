"""The journal: the laws of a storage that processes share, and what a torn file says."""

import os
from functools import partial

import pytest

from hypersonde.errors import StorageError
from hypersonde.storage import Header
from hypersonde.storage.journal import JournalStorage
from hypersonde.testing.crowds import CrowdLaws
from hypersonde.testing.storages import HEADER, finished, log_of, started


class TestJournal(CrowdLaws):
    @pytest.fixture
    def opener(self, tmp_path):
        return partial(JournalStorage, tmp_path / "study.log")


@pytest.fixture
def place(tmp_path):
    return tmp_path / "study.log"


def written(place, trials=3):
    with JournalStorage(place) as storage:
        storage.open(HEADER)
        for number in range(trials):
            storage.create([started()])
            storage.append([finished(number)])
    return place.read_bytes()


def test_cut_at_any_byte_it_goes_on_from_the_last_whole_line(place):
    whole = written(place)
    everything = log_of(partial(JournalStorage, place))
    counts = []
    for size in range(len(whole) + 1):
        place.write_bytes(whole[:size])
        log = log_of(partial(JournalStorage, place))
        assert log == everything[: len(log)]
        counts.append(len(log))
        with JournalStorage(place) as storage:
            storage.open(HEADER)
            (born,) = storage.create([started()])
            storage.append([finished(born.number, 9.0)])
        assert log_of(partial(JournalStorage, place))[len(log) :] == [
            started(born.number),
            finished(born.number, 9.0),
        ]
    assert counts == sorted(counts)
    assert set(counts) == set(range(7))


def test_a_flipped_byte_in_the_middle_ends_the_log_there_and_what_follows_is_kept_beside(place, caplog):
    whole = bytearray(written(place))
    whole[len(whole) // 2] ^= 1
    place.write_bytes(whole)
    kept = log_of(partial(JournalStorage, place))
    assert 0 < len(kept) < 6
    with JournalStorage(place) as storage:
        storage.open(HEADER)
        storage.create([started()])
    assert "are damaged" in caplog.text
    assert whole.endswith(place.with_name("study.log.torn").read_bytes())


def test_a_reader_that_comes_in_the_middle_of_a_write_waits_for_the_rest(place):
    whole = written(place)
    place.write_bytes(whole[:-5])
    with JournalStorage(place) as reader:
        reader.open(HEADER)
        assert len(reader.read()) == 5
        place.write_bytes(whole)
        assert len(reader.read()) == 1
    assert place.read_bytes() == whole


def test_a_file_that_is_something_else_is_left_alone(place):
    place.write_bytes(b"SQLite format 3\0 and more")
    with pytest.raises(StorageError, match="holds something else"):
        JournalStorage(place)
    assert place.read_bytes() == b"SQLite format 3\0 and more"


def test_a_full_disk_costs_the_event_that_found_no_room_and_nothing_else(place, monkeypatch):
    with JournalStorage(place) as storage:
        storage.open(HEADER)
        storage.create([started()])
        before = place.read_bytes()
        really = os.write

        def full(file, raw):
            if len(raw) < 20:
                raise OSError(28, "No space left on device")
            return really(file, raw[: len(raw) - 10])

        monkeypatch.setattr(os, "write", full)
        with pytest.raises(StorageError, match="No space left"):
            storage.append([finished(0)])
        monkeypatch.undo()
        assert place.read_bytes() == before
        storage.append([finished(0, 0.7)])
        assert storage.read() == [started(0), finished(0, 0.7)]
    assert log_of(partial(JournalStorage, place)) == [started(0), finished(0, 0.7)]


def test_what_may_only_be_read_is_read(place, monkeypatch):
    written(place)
    really = os.open

    def refused(path, flags, mode=0o777):
        if flags & os.O_RDWR:
            raise PermissionError(13, "Permission denied")
        return really(path, flags, mode)

    monkeypatch.setattr(os, "open", refused)
    with JournalStorage(place) as storage:
        assert storage.studies() == [HEADER]
        assert len(log_of(partial(JournalStorage, place))) == 6
        storage.open(HEADER)
        with pytest.raises(StorageError, match=r"Bad file descriptor|Permission"):
            storage.create([started()])


def test_without_locks_one_writer_goes_on(place, monkeypatch):
    import fcntl

    def none(file, how):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", none)
    written(place)
    assert len(log_of(partial(JournalStorage, place), Header("search", {}))) == 6
