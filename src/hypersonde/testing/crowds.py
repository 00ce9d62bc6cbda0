"""The laws of a storage that several processes use at once, some of which are killed."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from hypersonde.storage import Storage, new_owner
from hypersonde.testing.storages import HEADER, Opener, StorageLaws, finished, log_of, started
from hypersonde.trials import Event, Finished, Queued, Started

WRITERS = 16
KILLS = 12


class CrowdLaws(StorageLaws):
    """What holds for every storage that processes share: its `opener` can be sent to another process."""

    def test_all_may_come_first_to_a_new_place(self, opener: Opener) -> None:
        assert crowd(_open, opener, 8) == [HEADER] * 8

    def test_many_writers_get_disjoint_consecutive_numbers_below_the_limit(self, opener: Opener) -> None:
        begun = [n for numbers in crowd(create_below_100, opener, WRITERS) for n in numbers]
        assert sorted(begun) == list(range(100))
        assert [e.number for e in log_of(opener) if isinstance(e, Started)] == list(range(100))

    def test_of_drafts_for_the_same_number_those_of_one_writer_come_into_being(self, opener: Opener) -> None:
        begun = [n for numbers in crowd(_create_as_known, opener, 8) for n in numbers]
        assert sorted(begun) == list(range(60))
        assert [e.number for e in log_of(opener) if isinstance(e, Started)] == list(range(60))

    def test_a_claim_is_won_exactly_once(self, opener: Opener) -> None:
        with opener() as storage:
            storage.open(HEADER)
            storage.create([Queued(-1, 0.0, {})] * 20)
        won = [n for numbers in crowd(_claim, opener, 8) for n in numbers]
        assert sorted(won) == list(range(20))

    def test_a_trial_that_many_end_has_one_end(self, opener: Opener) -> None:
        with opener() as storage:
            storage.open(HEADER)
            storage.create([started()] * 20)
        crowd(_finish, opener, 8)
        assert sorted(e.number for e in log_of(opener) if isinstance(e, Finished)) == list(range(20))

    def test_everyone_reads_the_same_order_while_the_log_grows(self, opener: Opener) -> None:
        seen = crowd(_write_and_read, opener, 6)
        log = log_of(opener)
        assert len(log) == 6 * 2 * 20
        assert all(part == log[: len(part)] for part in seen)

    def test_whatever_returned_before_a_kill_is_there(self, opener: Opener) -> None:
        rng = random.Random(0)
        returned: list[tuple[int, bool]] = []
        for _ in range(KILLS):
            with running(_write_until_killed, opener) as (process, pipe):
                returned.append(pipe.recv())
                time.sleep(rng.uniform(0.0, 0.1))
                process.kill()
                returned += _rest(pipe)
        log = log_of(opener)
        begun = [e.number for e in log if isinstance(e, Started)]
        ended = {e.number for e in log if isinstance(e, Finished)}
        assert begun == list(range(len(begun)))
        assert {n for n, over in returned if not over} <= set(begun)
        assert {n for n, over in returned if over} <= ended
        assert len(begun) - len({n for n, _ in returned}) <= KILLS, "at most one unanswered write for each kill"

    def test_the_trials_of_the_dead_are_orphans_and_those_of_the_living_are_not(self, opener: Opener) -> None:
        with running(_write_until_killed, opener) as (dead, pipe), running(_write_until_killed, opener) as (_, other):
            pipe.recv()
            other.recv()
            dead.kill()
            dead.join()
            log = log_of(opener)
            owners = {e.owner for e in log if isinstance(e, Started)}
            with opener() as storage:
                assert sorted(storage.alive(owner) for owner in owners) == [False, True]


# -- processes -----------------------------------------------------------------------------------------

_PROCESSES = multiprocessing.get_context("forkserver")

_PRELOAD = ["hypersonde.testing.crowds", "hypersonde.storage.sql", "sqlalchemy.dialects.postgresql.psycopg", "psycopg"]
"""Loaded once for all processes; what is not installed is left out."""

Work = Callable[[Opener, Connection], None]


@contextmanager
def running(work: Work, opener: Opener) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that does ``work(opener, pipe)`` and the other end of its pipe; killed at the end."""
    _PROCESSES.set_forkserver_preload(_PRELOAD)
    ours, theirs = _PROCESSES.Pipe()
    process = _PROCESSES.Process(target=work, args=(opener, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        process.kill()
        process.join()
        ours.close()


def crowd(work: Work, opener: Opener, size: int) -> list[Any]:
    """What each of `size` processes sent that did the same at the same time."""
    with ExitStack() as stack:
        pipes = [stack.enter_context(running(work, opener))[1] for _ in range(size)]
        for pipe in pipes:
            pipe.recv()
        for pipe in pipes:
            pipe.send("go")
        return [pipe.recv() for pipe in pipes]


def _open(opener: Opener, pipe: Connection) -> None:
    pipe.send("ready")
    pipe.recv()
    with opener() as storage:
        pipe.send(storage.open(HEADER))


@contextmanager
def _ready(opener: Opener, pipe: Connection) -> Iterator[Storage]:
    """A storage with the study open, once everybody has one."""
    with opener() as storage:
        storage.open(HEADER)
        pipe.send("ready")
        pipe.recv()
        yield storage


def create_below_100(opener: Opener, pipe: Connection) -> None:
    """Start trials, one to three at once, until there are a hundred; send the numbers that were won here."""
    numbers: list[int] = []
    with _ready(opener, pipe) as storage:
        while born := storage.create([started()] * (1 + len(numbers) % 3), limit=100):
            numbers += [event.number for event in born]
    pipe.send(numbers)


def _create_as_known(opener: Opener, pipe: Connection) -> None:
    """Start trials under the next numbers known, one to three at once; send the numbers that were won here."""
    numbers: list[int] = []
    known = 0
    with _ready(opener, pipe) as storage:
        while known < 60:
            born = storage.create([started()] * (1 + known % 3), limit=60, at=known)
            assert not born or born[0].number == known
            numbers += [event.number for event in born]
            known += sum(isinstance(event, Started) for event in storage.read())
    pipe.send(numbers)


def _claim(opener: Opener, pipe: Connection) -> None:
    with _ready(opener, pipe) as storage:
        pipe.send([n for n in range(20) if storage.claim(started(n))])


def _finish(opener: Opener, pipe: Connection) -> None:
    with _ready(opener, pipe) as storage:
        storage.append([finished(n, value=float(os.getpid())) for n in range(20)])
    pipe.send("done")


def _write_and_read(opener: Opener, pipe: Connection) -> None:
    seen: list[Event] = []
    with _ready(opener, pipe) as storage:
        for _ in range(20):
            [born] = storage.create([started()])
            seen += storage.read()
            storage.append([finished(born.number)])
            seen += storage.read()
    pipe.send(seen)


def _write_until_killed(opener: Opener, pipe: Connection) -> None:
    """Send (number, whether it is over) after each write that has returned."""
    with opener() as storage:
        storage.open(HEADER)
        owner = new_owner()
        while True:
            [born] = storage.create([started(owner=owner)])
            pipe.send((born.number, False))
            storage.append([finished(born.number)])
            pipe.send((born.number, True))


def _rest(pipe: Connection) -> list[Any]:
    """What is still in the pipe of a process that was killed; a message that the kill cut is left out."""
    rest = []
    with suppress(EOFError, OSError):
        while pipe.poll(1.0):
            rest.append(pipe.recv())
    return rest
