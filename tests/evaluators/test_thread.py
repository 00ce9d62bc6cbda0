"""Threads: what they owe beyond the laws."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from hypersonde.errors import InvalidInput
from hypersonde.evaluators import Channel, Task, ThreadEvaluator
from hypersonde.testing import evaluator_work as work
from hypersonde.testing.evaluators import by_key, finish, run


def wait(event: threading.Event, channel: Channel) -> str:
    """Block where no exception reaches: a wait without a timeout."""
    event.wait()
    return "too late"


def say(words: list[str], channel: Channel) -> None:
    for word in words:
        print(word)
        time.sleep(0.005)


def test_a_thread_that_cannot_be_ended_is_lost_until_it_ends() -> None:
    event = threading.Event()
    with ThreadEvaluator(2) as evaluator:
        evaluator.submit(Task(0, wait, event, time_limit=0.1))
        (end,) = by_key(finish(evaluator, 1))
        assert end.failure is not None
        assert end.failure.kind == "TimeLimit"
        assert evaluator.capacity == 1
        evaluator.submit(Task(1, work.echo, "the other thread goes on"))
        finish(evaluator, 1)
        event.set()
        deadline = time.monotonic() + work.PATIENCE
        while evaluator.capacity < 2 and time.monotonic() < deadline:
            assert evaluator.collect(0.0) == []
            time.sleep(0.01)
        assert evaluator.capacity == 2
        ends = by_key(run(evaluator, (work.echo, 1), (work.echo, 2)))
        assert [end.value for end in ends] == [1, 2]


def test_when_all_threads_are_lost_collect_waits_for_one_to_come_back_and_a_warning_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    event = threading.Event()
    with ThreadEvaluator(1) as evaluator:
        evaluator.submit(Task(0, wait, event, time_limit=0.1))
        finish(evaluator, 1)
        assert evaluator.capacity == 0
        assert evaluator.collect(0.05) == []
        assert evaluator.capacity == 0
        assert caplog.messages == []
        assert evaluator.collect(1.5) == []
        assert evaluator.collect(0.05) == []
        (line,) = caplog.messages
        assert line.startswith("all threads (1) are held by work that was ended and does not let go")
        threading.Timer(0.1, event.set).start()
        assert evaluator.collect(work.PATIENCE) == []
        assert evaluator.capacity == 1


def test_what_each_thread_prints_goes_to_its_own_file(tmp_path: Path) -> None:
    with ThreadEvaluator(2) as evaluator:
        for key in range(2):
            evaluator.submit(Task(key, say, [f"{key}-{i}" for i in range(20)], output=tmp_path / f"{key}.txt"))
        finish(evaluator, 2)
    for key in range(2):
        assert (tmp_path / f"{key}.txt").read_text().split() == [f"{key}-{i}" for i in range(20)]


def test_what_has_no_file_is_printed_as_ever(capsys: pytest.CaptureFixture[str]) -> None:
    with ThreadEvaluator(1) as evaluator:
        print("main")
        run(evaluator, (say, ["work"]))
    assert capsys.readouterr().out == "main\nwork\n"


def test_close_gives_back_streams_and_threads() -> None:
    streams, threads = (sys.stdout, sys.stderr), threading.active_count()
    with ThreadEvaluator(3) as evaluator:
        run(evaluator, (work.echo, 1), (work.fail, "no"), (work.echo, 2))
        evaluator.submit(Task(9, work.wait_for_stop, None))
        evaluator.collect()
    assert (sys.stdout, sys.stderr) == streams
    assert threading.active_count() == threads
    kinds = [end.failure.kind for end in by_key(evaluator.collect()) if end.failure is not None]
    assert kinds == ["Cancelled"]
    with pytest.raises(InvalidInput, match="is closed"):
        evaluator.submit(Task(10, work.echo, 1))


def test_objects_are_shared_and_not_copied() -> None:
    thing: dict[str, Any] = {}
    with ThreadEvaluator(1) as evaluator:
        (end,) = by_key(run(evaluator, (work.echo, thing)))
    assert end.value is thing


def test_interrupting_at_any_moment_ends_each_task_once_and_spares_the_threads() -> None:
    with ThreadEvaluator(2) as evaluator:
        for key in range(300):
            evaluator.submit(Task(key, work.report_all, list(range(key % 50))))
        for key in range(300):
            evaluator.cancel(key)
            time.sleep(0.0001 * (key % 3))
        assert len(by_key(finish(evaluator, 300))) == 300
        ends = by_key(run(evaluator, *[(work.echo, i) for i in range(20)]))
        assert [end.value for end in ends] == list(range(20))
        assert evaluator.capacity == 2
