"""The laws of evaluators, as a pytest suite to inherit.

>>> class TestMine(EvaluatorLaws):
...     def make(self, workers):
...         return MyEvaluator(workers)
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Call, Ended, Evaluator, Message, Report, Task
from hypersonde.testing import evaluator_work as work


class EvaluatorLaws:
    """What holds for every evaluator; the attributes say what one of them cannot do.

    Attributes
    ----------
    concurrent : `collect` returns while work runs.
    isolates : work that ends its process costs only its own task.
    kills : a time limit and `cancel` end work that sleeps, too.
    kills_children : and the processes that it started.
    catches_children : what child processes print is in the output of the task.
    """

    concurrent = True
    isolates = True
    kills = True
    kills_children = True
    catches_children = True

    def make(self, workers: int) -> Evaluator:
        """A new evaluator with so many workers, or with one if it cannot have more."""
        raise NotImplementedError

    @pytest.fixture
    def evaluator(self) -> Iterator[Evaluator]:
        """One with two workers, closed afterwards."""
        with self.make(2) as evaluator:
            yield evaluator

    def need(self, ability: str) -> None:
        """Skip a law that this evaluator says it cannot keep."""
        if not getattr(self, ability):
            pytest.skip(f"{type(self).__name__} says {ability} = False")

    def test_a_value_comes_back_as_it_went(self, evaluator: Evaluator) -> None:
        value = {"lr": 1e-3, "layers": [64, 32], "name": "ä", "none": None, "raw": b"\0" * 300_000}
        assert ended(run(evaluator, (work.echo, value))[0]).value == value

    def test_every_task_ends_exactly_once(self, evaluator: Evaluator) -> None:
        jobs: list[tuple[Call, Any]] = [(work.echo, 1), (work.fail, "no"), (work.leave, 2), (work.report_all, [1])]
        messages = run(evaluator, *(jobs * 3))
        ends = [message.key for message in messages if isinstance(message, Ended)]
        assert sorted(ends) == list(range(12))
        assert evaluator.collect(0.05) == []

    def test_every_end_names_its_worker(self, evaluator: Evaluator) -> None:
        assert ended(run(evaluator, (work.echo, 1))[0]).worker

    def test_a_raising_call_ends_with_the_class_the_first_line_and_the_traceback(self, evaluator: Evaluator) -> None:
        end = ended(run(evaluator, (work.fail, "no such file\nat all"))[0])
        assert end.value is None
        assert end.failure is not None
        assert (end.failure.kind, end.failure.message) == ("ValueError", "no such file")
        assert "in fail" in end.failure.detail
        assert "at all" in end.failure.detail

    @pytest.mark.parametrize("status", [0, 3, "enough"])
    def test_a_call_that_exits_costs_its_own_task(self, evaluator: Evaluator, status: Any) -> None:
        first, second = by_key(run(evaluator, (work.leave, status), (work.echo, 1)))
        assert first.failure is not None
        assert first.failure.kind == "Exit"
        assert repr(status) in first.failure.message
        assert second.value == 1

    @pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL, signal.SIGTERM])
    def test_a_call_that_dies_by_a_signal_costs_its_own_task(
        self, evaluator: Evaluator, number: signal.Signals
    ) -> None:
        self.need("isolates")
        ends = by_key(run(evaluator, *[(work.echo, 0), (work.suicide, number), (work.echo, 2)] * 2))
        assert [end.value for end in ends] == [0, None, 2, 0, None, 2]
        for dead in (ends[1].failure, ends[4].failure):
            assert dead is not None
            assert dead.kind == "WorkerLost"
            assert number.name in dead.message

    def test_a_call_that_ends_its_process_costs_its_own_task(self, evaluator: Evaluator, tmp_path: Path) -> None:
        self.need("isolates")
        output = tmp_path / "deep" / "output.txt"
        evaluator.submit(Task(0, work.vanish, 7, output=output))
        evaluator.submit(Task(1, work.echo, "alive"))
        lost, alive = by_key(finish(evaluator, 2))
        assert lost.failure is not None
        assert lost.failure.kind == "WorkerLost"
        assert "status 7" in lost.failure.message
        assert alive.value == "alive"
        assert output.read_text() == "about to vanish\n"

    def test_a_time_limit_ends_python_work(self, evaluator: Evaluator, tmp_path: Path) -> None:
        evaluator.submit(Task(0, work.tick_for_ever, str(tmp_path / "ticks"), time_limit=0.3))
        evaluator.submit(Task(1, work.echo, "next"))
        late, after = by_key(finish(evaluator, 2))
        assert late.failure is not None
        assert late.failure.kind == "TimeLimit"
        assert "0.3 s" in late.failure.message
        assert after.value == "next"
        assert stands_still(tmp_path / "ticks")

    def test_a_time_limit_ends_sleeping_work_and_all_that_belongs_to_it(
        self, evaluator: Evaluator, tmp_path: Path
    ) -> None:
        self.need("kills")
        company = (str(tmp_path), self.kills_children)
        evaluator.submit(Task(0, work.sleep_in_company, company, time_limit=1.5))
        late = ended(finish(evaluator, 1)[-1])
        assert late.failure is not None
        assert late.failure.kind == "TimeLimit"
        assert stands_still(*tmp_path.iterdir())

    def test_work_within_its_time_limit_is_left_alone(self, evaluator: Evaluator) -> None:
        for key in range(4):
            evaluator.submit(Task(key, work.echo, key, time_limit=30.0))
        assert [end.value for end in by_key(finish(evaluator, 4))] == [0, 1, 2, 3]

    def test_cancel_ends_running_work(self, evaluator: Evaluator, tmp_path: Path) -> None:
        self.need("concurrent")
        evaluator.submit(Task(0, work.tick_for_ever, str(tmp_path / "ticks")))
        assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        evaluator.cancel(0)
        end = ended(finish(evaluator, 1)[-1])
        assert end.failure is not None
        assert end.failure.kind == "Cancelled"
        assert stands_still(tmp_path / "ticks")

    def test_cancel_ends_sleeping_work_and_all_that_belongs_to_it(self, evaluator: Evaluator, tmp_path: Path) -> None:
        self.need("kills")
        self.need("concurrent")
        evaluator.submit(Task(0, work.sleep_in_company, (str(tmp_path), self.kills_children)))
        assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        evaluator.cancel(0)
        finish(evaluator, 1)
        assert stands_still(*tmp_path.iterdir())

    def test_cancel_ends_queued_work_before_it_starts(self, evaluator: Evaluator, tmp_path: Path) -> None:
        count = evaluator.capacity + 1
        for key in range(count):
            evaluator.submit(Task(key, work.wait_for_stop, None))
        last = count - 1
        evaluator.cancel(last)
        for key in range(last):
            evaluator.stop(key)
        ends = by_key(finish(evaluator, count))
        assert [end.value for end in ends[:last]] == ["stopped"] * last
        failure = ends[last].failure
        assert failure is not None
        assert failure.kind == "Cancelled"

    def test_words_about_unknown_or_ended_tasks_are_ignored(self, evaluator: Evaluator) -> None:
        run(evaluator, (work.echo, 1))
        for key in (0, 17):
            evaluator.stop(key)
            evaluator.cancel(key)
        assert evaluator.collect(0.05) == []

    def test_reports_arrive_in_order_and_before_the_end(self, evaluator: Evaluator) -> None:
        values: list[Any] = [*range(200), {"loss": 0.5}, None, "x" * 100_000]
        messages = run(evaluator, (work.report_all, values), (work.report_all, values))
        for key in (0, 1):
            mine = [message for message in messages if message.key == key]
            assert [m.value for m in mine if isinstance(m, Report)] == values
            assert isinstance(mine[-1], Ended)

    def test_stop_reaches_running_work(self, evaluator: Evaluator) -> None:
        self.need("concurrent")
        evaluator.submit(Task(0, work.wait_for_stop, None))
        assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        evaluator.stop(0)
        assert ended(finish(evaluator, 1)[-1]).value == "stopped"

    def test_stop_before_the_start_is_not_forgotten(self, evaluator: Evaluator) -> None:
        for key in range(evaluator.capacity + 1):
            evaluator.submit(Task(key, work.wait_for_stop, None))
            evaluator.stop(key)
        ends = by_key(finish(evaluator, evaluator.capacity + 1))
        assert {end.value for end in ends} == {"stopped"}

    def test_wake_makes_a_waiting_collect_return(self, evaluator: Evaluator) -> None:
        self.need("concurrent")
        evaluator.submit(Task(0, work.wait_for_stop, None))
        assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        bell = threading.Timer(0.1, evaluator.wake)
        bell.start()
        assert evaluator.collect(work.PATIENCE) == []
        bell.join()
        evaluator.stop(0)
        finish(evaluator, 1)

    def test_wake_is_not_lost_when_nobody_waits(self, evaluator: Evaluator) -> None:
        evaluator.submit(Task(0, work.wait_for_stop, None))
        if self.concurrent:
            assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        evaluator.wake()
        assert evaluator.collect(work.PATIENCE) == []
        evaluator.stop(0)
        finish(evaluator, 1)

    def test_collect_returns_when_nothing_runs(self, evaluator: Evaluator) -> None:
        assert evaluator.collect() == []
        run(evaluator, (work.echo, 1))
        assert evaluator.collect() == []

    def test_collect_returns_after_its_timeout(self, evaluator: Evaluator) -> None:
        self.need("concurrent")
        evaluator.submit(Task(0, work.wait_for_stop, None))
        assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        assert evaluator.collect(0.05) == []
        evaluator.stop(0)
        finish(evaluator, 1)

    def test_megabytes_of_output_block_nothing_and_can_be_found(self, tmp_path: Path) -> None:
        paths = [tmp_path / f"{key}" / "output.txt" for key in range(2)]
        with self.make(2) as evaluator:  # here and not by the fixture: between phases pytest swaps sys.stdout
            for key, path in enumerate(paths):
                evaluator.submit(Task(key, work.talk, (2000, 1000), output=path))
            finish(evaluator, 2)
        for path in paths:
            lines = path.read_text().splitlines()
            assert (lines.count("o" * 1000), lines.count("e" * 1000)) == (2000, 2000)

    def test_the_output_of_silent_work_is_no_file(self, evaluator: Evaluator, tmp_path: Path) -> None:
        evaluator.submit(Task(0, work.echo, 1, output=tmp_path / "output.txt"))
        evaluator.submit(Task(1, work.fail, "quietly", output=tmp_path / "other.txt"))
        finish(evaluator, 2)
        assert list(tmp_path.iterdir()) == []

    def test_the_output_of_children_can_be_found(self, evaluator: Evaluator, tmp_path: Path) -> None:
        self.need("catches_children")
        evaluator.submit(Task(0, work.talk_through_child, "hello", output=tmp_path / "output.txt"))
        finish(evaluator, 1)
        assert (tmp_path / "output.txt").read_text() == "hello\n"

    def test_as_many_tasks_run_at_once_as_the_capacity_says(self, evaluator: Evaluator, tmp_path: Path) -> None:
        count = evaluator.capacity
        assert count >= 1
        for key in range(count):
            evaluator.submit(Task(key, work.meet, (str(tmp_path), count)))
        assert all(end.value for end in by_key(finish(evaluator, count)))

    def test_more_tasks_than_the_capacity_wait_their_turn(self, evaluator: Evaluator) -> None:
        ends = by_key(run(evaluator, *[(work.echo, i) for i in range(12)]))
        assert [end.value for end in ends] == list(range(12))

    def test_close_ends_what_runs_and_may_be_called_twice(self, tmp_path: Path) -> None:
        with self.make(2) as evaluator:
            evaluator.submit(Task(0, work.tick_for_ever, str(tmp_path / "ticks")))
            if self.concurrent:
                evaluator.collect(work.PATIENCE)
            evaluator.close()
        evaluator.close()
        assert stands_still(tmp_path / "ticks")

    def test_a_closed_one_is_not_taken_for_an_open_one(self) -> None:
        evaluator = self.make(2)
        evaluator.close()
        with pytest.raises(InvalidInput, match="is closed"):
            evaluator.__enter__()

    def test_close_ends_sleeping_work_and_all_that_belongs_to_it(self, tmp_path: Path) -> None:
        self.need("kills")
        self.need("concurrent")
        with self.make(2) as evaluator:
            evaluator.submit(Task(0, work.sleep_in_company, (str(tmp_path), self.kills_children)))
            assert evaluator.collect(work.PATIENCE) == [Report(0, "running")]
        assert stands_still(*tmp_path.iterdir())


def run(evaluator: Evaluator, *jobs: tuple[Call, Any]) -> list[Message]:
    """Submit ``(call, argument)`` as tasks 0, 1, ... and collect to the end."""
    for key, (call, argument) in enumerate(jobs):
        evaluator.submit(Task(key, call, argument))
    return finish(evaluator, len(jobs))


def finish(evaluator: Evaluator, count: int) -> list[Message]:
    """Collect until so many tasks have ended; fails when that takes too long."""
    messages: list[Message] = []
    deadline = time.monotonic() + work.PATIENCE
    while sum(isinstance(message, Ended) for message in messages) < count:
        assert time.monotonic() < deadline, f"{count} ends expected, got only {messages}"
        messages += evaluator.collect(1.0)
    return messages


def by_key(messages: list[Message]) -> list[Ended]:
    """The ends, in the order of their keys."""
    return sorted((m for m in messages if isinstance(m, Ended)), key=lambda end: end.key)


def ended(message: Message) -> Ended:
    """The message, which has to be an end."""
    assert isinstance(message, Ended)
    return message


def stands_still(*paths: Path) -> bool:
    """Whether files, as far as they exist, have stopped growing."""
    before = [path.stat().st_size for path in paths if path.exists()]
    time.sleep(0.2)
    return before == [path.stat().st_size for path in paths if path.exists()]
