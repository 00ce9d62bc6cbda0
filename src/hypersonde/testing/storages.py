"""The laws of a storage, to inherit: ``class TestMine(StorageLaws)`` with a fixture ``opener``."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hypersonde.errors import InvalidInput, StorageError
from hypersonde.failure import Failure
from hypersonde.storage import Header, MemoryStorage, Storage, copy, new_owner
from hypersonde.trials import Event, Finished, Queued, Released, Reported, Started, State

Opener = Callable[..., Storage]
"""Opens a storage on one and the same place at every call; takes ``lease`` in seconds."""

STEPS = ("create", "claim", "append", "read")

HEADER = Header("search", {"seed": 42, "space": ["x"]})


def started(number: int = -1, attempt: int = 1, owner: str = "") -> Started:
    """A start at time 1."""
    return Started(number, 1.0, {"x": 0.5, "layer": "relu"}, "random", {}, owner, attempt)


def finished(number: int, value: float = 0.5, attempt: int = 1) -> Finished:
    """A complete end at time 2."""
    return Finished(number, 2.0, State.COMPLETE, (value,), worker="w", attempt=attempt)


def log_of(opener: Opener, header: Header = HEADER) -> list[Event]:
    """What somebody who comes later reads."""
    with opener() as storage:
        storage.open(header)
        return storage.read()


class StorageLaws:
    """What holds for every storage. A subclass gives the fixture `opener`; `storage` has a study open."""

    @pytest.fixture
    def opener(self) -> Opener:
        raise NotImplementedError("a suite of storage laws needs a fixture `opener`")

    @pytest.fixture
    def storage(self, opener: Opener) -> Any:
        with opener() as storage:
            storage.open(HEADER)
            yield storage

    # -- the log -------------------------------------------------------------------------------------

    def test_what_was_appended_is_read_in_the_order_of_the_log(self, storage: Storage, opener: Opener) -> None:
        failure = Failure("WorkerLost", "node n013 went away", "line 1\nline 2", retry=True)
        queued, running = storage.create([Queued(-1, 0.5, {"x": 1}, "queued", {"who": "me"}), started(owner="me")])
        later: list[Event] = [
            Reported(1, 1.5, 3, 0.25),
            Released(1, 1.6, failure),
            Finished(1, 2.0, State.FAILED, (), {"loss": 3}, failure, "n014"),
        ]
        storage.append(later)
        assert storage.read() == [queued, running, *later]
        assert log_of(opener) == [queued, running, *later]

    def test_reading_twice_gives_nothing_twice(self, storage: Storage) -> None:
        storage.create([started()])
        assert len(storage.read()) == 1
        assert storage.read() == []
        storage.append([finished(0)])
        assert storage.read() == [finished(0)]

    def test_opening_again_reads_from_the_beginning(self, storage: Storage) -> None:
        storage.create([started()])
        first = storage.read()
        storage.open(HEADER)
        assert storage.read() == first

    def test_the_first_header_of_a_study_is_the_one_that_stays(self, storage: Storage) -> None:
        assert storage.open(Header(HEADER.name, {"seed": 7})) == HEADER

    def test_studies_in_one_storage_do_not_mix(self, storage: Storage, opener: Opener) -> None:
        other = Header("another", {})
        storage.create([started()])
        storage.open(other)
        assert storage.create([started()])[0].number == 0
        storage.append([finished(0)])
        assert storage.studies() == [other, HEADER]
        assert len(log_of(opener)) == 1
        assert len(log_of(opener, other)) == 2

    def test_without_an_open_study_there_is_one_clear_line(self, opener: Opener) -> None:
        with opener() as storage, pytest.raises(StorageError, match="Call `open` first"):
            storage.read()

    def test_closing_twice_is_fine(self, opener: Opener) -> None:
        storage = opener()
        storage.close()
        storage.close()

    # -- values --------------------------------------------------------------------------------------

    @pytest.mark.parametrize(
        ("given_value", "read"),
        [
            (None, None),
            (True, True),
            (2**70, 2**70),
            (math.inf, math.inf),
            ("naïve \x00 \ud800", "naïve \x00 \ud800"),
            ((3, (4, "a")), (3, (4, "a"))),
            ([1, (2,)], [1, (2,)]),
            ({"tuple": (1,), "dict": {}}, {"tuple": (1,), "dict": {}}),
            (np.float32(0.5), 0.5),
            (np.int64(3), 3),
            (np.bool_(True), True),
            (np.str_("a"), "a"),
            (np.arange(3), [0, 1, 2]),
        ],
        ids=repr,
    )
    def test_values_are_read_as_the_plain_values_that_they_are(
        self, storage: Storage, given_value: Any, read: Any
    ) -> None:
        storage.create([Started(-1, 1.0, {"x": given_value}, why={"y": given_value})])
        storage.append([Finished(0, 2.0, State.COMPLETE, (0.5,), {"z": given_value})])
        begin, end = storage.read()
        for mapping in (begin.config, begin.why, end.metrics):  # type: ignore[union-attr]
            [value] = mapping.values()
            assert value == read
            assert type(value) is type(read)

    def test_nan_is_read_as_nan(self, storage: Storage) -> None:
        storage.create([started()])
        storage.append([Reported(0, 1.0, 1, math.nan), Finished(0, 2.0, State.FAILED, metrics={"m": math.nan})])
        _, report, end = storage.read()
        assert isinstance(report, Reported)
        assert isinstance(end, Finished)
        assert math.isnan(report.value)
        assert math.isnan(end.metrics["m"])

    def test_an_odd_metric_becomes_text_and_never_an_error(self, storage: Storage) -> None:
        endless: list[Any] = []
        endless.append(endless)
        storage.create([started()])
        storage.append([Finished(0, 2.0, State.COMPLETE, (1.0,), {"z": 1 + 2j, "rude": _Rude(), "endless": endless})])
        end = storage.read()[-1]
        assert isinstance(end, Finished)
        assert end.metrics["z"] == "(1+2j)"
        assert "_Rude" in end.metrics["rude"]
        assert "list" in end.metrics["endless"]

    def test_a_configuration_that_cannot_be_written_is_refused_as_a_whole(self, storage: Storage) -> None:
        with pytest.raises(InvalidInput, match="parameter 'f': a value of type"):
            storage.create([started(), Started(-1, 1.0, {"f": print})])
        assert storage.read() == []
        assert storage.create([started()])[0].number == 0

    # -- numbers -------------------------------------------------------------------------------------

    def test_numbers_are_consecutive_and_a_limit_is_respected(self, storage: Storage) -> None:
        assert [e.number for e in storage.create([started(7), started(7)])] == [0, 1]
        assert [e.number for e in storage.create([started()] * 5, limit=4)] == [2, 3]
        assert storage.create([started()], limit=4) == []
        assert storage.create([]) == []
        assert len(storage.read()) == 4

    def test_drafts_for_a_number_that_is_taken_come_into_being_nowhere(self, storage: Storage) -> None:
        assert [e.number for e in storage.create([started()] * 2, at=0)] == [0, 1]
        for drafts in ([started()], [started()] * 3):
            for at in (0, 1, 3):
                assert storage.create(drafts, at=at) == []
        assert [e.number for e in storage.create([started()] * 3, limit=4, at=2)] == [2, 3]
        assert storage.create([started()], limit=4, at=4) == []
        assert len(storage.read()) == 4

    def test_an_event_of_an_unknown_trial_is_refused_as_a_whole(self, storage: Storage) -> None:
        storage.create([started()])
        for wrong in (finished(1), finished(-1), started(2)):
            with pytest.raises(StorageError, match="does not exist"):
                storage.append([finished(0), wrong])
        assert len(storage.read()) == 1

    # -- once ----------------------------------------------------------------------------------------

    def test_the_first_end_of_a_trial_is_its_only_one(self, storage: Storage) -> None:
        storage.create([started()])
        storage.append([finished(0, 0.1)])
        storage.append([finished(0, 0.2), Reported(0, 3.0, 1, 0.3)])
        assert storage.read()[1:] == [finished(0, 0.1)]

    def test_an_attempt_is_claimed_once(self, storage: Storage) -> None:
        storage.create([Queued(-1, 0.0, {"x": 1})])
        assert storage.claim(started(0, owner="a"))
        assert not storage.claim(started(0, owner="b"))
        assert storage.claim(started(0, attempt=2, owner="b"))
        assert [e.owner for e in storage.read() if isinstance(e, Started)] == ["a", "b"]

    def test_a_finished_trial_cannot_be_claimed(self, storage: Storage) -> None:
        storage.create([started()])
        storage.append([finished(0)])
        assert not storage.claim(started(0, attempt=2))

    def test_a_superseded_attempt_has_nothing_more_to_say(self, storage: Storage) -> None:
        storage.create([started()])
        assert storage.claim(started(0, attempt=2))
        storage.append([finished(0, 0.1, attempt=1), Reported(0, 2.0, 1, 0.1, attempt=1)])
        storage.append([finished(0, 0.2, attempt=2)])
        assert storage.read()[2:] == [finished(0, 0.2, attempt=2)]

    @settings(max_examples=15, deadline=None, database=None, suppress_health_check=[*HealthCheck])
    @given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 4), st.integers(1, 3)), max_size=25))
    def test_any_course_of_events_gives_the_log_of_the_storage_in_memory(
        self, opener: Opener, steps: list[tuple[str, int, int]]
    ) -> None:
        header = Header(new_owner(), {})
        model = MemoryStorage()
        with opener() as storage:
            model.open(header)
            storage.open(header)
            for step in steps:
                assert _outcome(storage, *step) == _outcome(model, *step)
            assert storage.read() == model.read()

    # -- owners --------------------------------------------------------------------------------------

    def test_two_owners_never_have_the_same_name(self) -> None:
        assert new_owner() != new_owner()

    def test_the_trials_of_a_living_process_are_held_without_a_heartbeat(self, opener: Opener) -> None:
        with opener(lease=0.0) as storage:
            assert storage.alive(new_owner())

    def test_a_killed_process_holds_nothing_at_once(self, storage: Storage) -> None:
        with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE) as child:
            owner = new_owner(child.pid)
            storage.heartbeat(owner)
            assert storage.alive(owner)
            child.kill()
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            assert not storage.alive(owner), "a process that is dead but not yet buried"
            child.wait()
            assert not storage.alive(owner)

    def test_an_owner_that_retired_holds_nothing(self, storage: Storage) -> None:
        for owner in (new_owner(), "elsewhere"):
            storage.heartbeat(owner)
            storage.retire(owner)
            assert not storage.alive(owner)

    def test_an_owner_elsewhere_holds_its_trials_while_its_lease_runs(self, opener: Opener) -> None:
        with opener() as patient, opener(lease=0.0) as hasty:
            for storage in (patient, hasty):
                assert not storage.alive("elsewhere-never-heard-of")
                storage.heartbeat("elsewhere")
            assert patient.alive("elsewhere")
            assert not hasty.alive("elsewhere")

    # -- moving --------------------------------------------------------------------------------------

    def test_a_copied_study_is_the_same_study(self, storage: Storage) -> None:
        storage.create([started(), Queued(-1, 0.0, {"k": (1, 2)})])
        storage.append([finished(0)])
        storage.claim(started(1))
        storage.create([started()])
        there, back = MemoryStorage(), MemoryStorage()
        assert copy(storage, there) == HEADER
        assert copy(there, back) == HEADER
        storage.open(HEADER)
        back.open(HEADER)
        assert back.read() == storage.read()


class _Rude:
    def __str__(self) -> str:
        raise RuntimeError("no")


def _outcome(storage: Storage, what: str, number: int, attempt: int) -> object:
    """What one step of a random course of events gives, errors included."""
    try:
        match what:
            case "create":
                drafts: list[Queued | Started] = [started(), Queued(-1, 0.0, {})]
                return storage.create(drafts[: number % 3], limit=4, at=number if attempt == 3 else None)
            case "claim":
                return storage.claim(started(number, attempt))
            case "append":
                events: list[Event] = [Reported(number, 1.0, attempt, 0.5, attempt), finished(number, attempt=attempt)]
                return storage.append(events[attempt % 2 :])
        return storage.read()
    except StorageError as error:
        return type(error)
