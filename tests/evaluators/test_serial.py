"""Serial: what it owes beyond the laws."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from hypersonde.evaluators import Channel, Ended, SerialEvaluator, Task
from hypersonde.testing import evaluator_work as work
from hypersonde.testing.evaluators import by_key, finish, run


def interrupt_from_keyboard(argument: Any, channel: Channel) -> None:
    raise KeyboardInterrupt


def swallow(argument: Any, channel: Channel) -> str:
    """Catch everything, and go on."""
    try:
        time.sleep(work.PATIENCE)
    except BaseException:  # noqa: BLE001
        return "never mind"
    return "slept"


def test_work_runs_in_the_calling_thread_while_it_collects() -> None:
    threads = []
    with SerialEvaluator() as evaluator:
        evaluator.submit(Task(0, lambda argument, channel: threads.append(threading.current_thread()), None))
        assert threads == []
        evaluator.collect()
    assert threads == [threading.current_thread()]


def test_a_time_limit_gives_signal_handler_and_timer_back(tmp_path: Path) -> None:
    def mine(number: int, frame: Any) -> None:
        raise AssertionError("rang during the test")

    handler = signal.signal(signal.SIGALRM, mine)
    signal.setitimer(signal.ITIMER_REAL, 1000.0)
    try:
        with SerialEvaluator() as evaluator:
            evaluator.submit(Task(0, work.tick_for_ever, str(tmp_path / "ticks"), time_limit=0.1))
            evaluator.submit(Task(1, work.echo, None, time_limit=100.0))
            finish(evaluator, 2)
        assert signal.getsignal(signal.SIGALRM) is mine
        assert 900 < signal.getitimer(signal.ITIMER_REAL)[0] <= 1000
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, handler)


def test_without_a_time_limit_no_signal_handler_is_touched() -> None:
    seen = []
    with SerialEvaluator() as evaluator:
        evaluator.submit(Task(0, lambda argument, channel: seen.append(signal.getsignal(signal.SIGALRM)), None))
        finish(evaluator, 1)
    assert seen == [signal.getsignal(signal.SIGALRM)]


def test_work_that_swallows_its_time_limit_has_still_run_into_it() -> None:
    with SerialEvaluator() as evaluator:
        evaluator.submit(Task(0, swallow, None, time_limit=0.1))
        (end,) = by_key(finish(evaluator, 1))
    assert end.failure is not None
    assert end.failure.kind == "TimeLimit"


def test_a_time_limit_works_outside_of_the_main_thread(tmp_path: Path) -> None:
    ends: list[Ended] = []

    def search() -> None:
        with SerialEvaluator() as evaluator:
            evaluator.submit(Task(0, work.tick_for_ever, str(tmp_path / "ticks"), time_limit=0.2))
            evaluator.submit(Task(1, work.echo, "next"))
            ends.extend(by_key(finish(evaluator, 2)))

    thread = threading.Thread(target=search)
    thread.start()
    thread.join()
    assert ends[0].failure is not None
    assert ends[0].failure.kind == "TimeLimit"
    assert ends[1].value == "next"


def test_another_thread_can_cancel_what_runs(tmp_path: Path) -> None:
    with SerialEvaluator() as evaluator:
        evaluator.submit(Task(0, work.tick_for_ever, str(tmp_path / "ticks")))
        threading.Timer(0.2, evaluator.cancel, [0]).start()
        (end,) = by_key(finish(evaluator, 1))
    assert end.failure is not None
    assert end.failure.kind == "Cancelled"


def report_then(what: Any, channel: Channel) -> Any:
    """Report twice, with whatever is to be done between."""
    channel.report("first")
    try:
        value = what()
    finally:
        channel.report("second")
    return value


def in_a_thread(do: Any) -> None:
    thread = threading.Thread(target=do)
    thread.start()
    thread.join()


def test_who_listens_hears_of_a_report_before_the_work_goes_on(tmp_path: Path, capsys: Any) -> None:
    heard: list[Any] = []

    def ear(messages: Any) -> None:
        print("heard")
        heard.extend(messages)
        evaluator.stop(0)

    with SerialEvaluator() as evaluator:
        evaluator.listen(ear)
        evaluator.submit(Task(0, work.wait_for_stop, None, output=tmp_path / "0.txt"))
        (end,) = evaluator.collect()
        evaluator.submit(Task(1, report_then, lambda: print("worked"), output=tmp_path / "1.txt"))
        evaluator.collect()
    assert isinstance(end, Ended)
    assert end.value == "stopped"
    assert [(report.key, report.value) for report in heard] == [(0, "running"), (1, "first"), (1, "second")]
    assert capsys.readouterr().out == "heard\n" * 3
    assert not (tmp_path / "0.txt").exists()
    assert (tmp_path / "1.txt").read_text() == "worked\n"


def test_who_listens_hears_of_what_other_threads_of_the_work_report_in_the_thread_that_collects() -> None:
    heard: list[Any] = []

    def work(argument: Any, channel: Channel) -> None:
        in_a_thread(lambda: channel.report("aside"))
        assert heard == []
        channel.report("first")

    with SerialEvaluator() as evaluator:
        evaluator.listen(lambda messages: heard.append((threading.current_thread(), [m.value for m in messages])))
        evaluator.submit(Task(0, work, None))
        (end,) = evaluator.collect()
    assert end.failure is None
    assert heard == [(threading.current_thread(), ["aside", "first"])]


@pytest.mark.parametrize("do", [lambda do: do(), in_a_thread], ids=["main thread", "other thread"])
def test_a_time_limit_interrupts_the_work_and_not_who_listens(do: Any) -> None:
    heard, ends = [], []

    def ear(messages: Any) -> None:
        until = time.monotonic() + 0.5
        while time.monotonic() < until:
            pass
        heard.extend(messages)

    def search() -> None:
        with SerialEvaluator() as evaluator:
            evaluator.listen(ear)
            evaluator.submit(Task(0, report_then, lambda: time.sleep(60), time_limit=0.1))
            ends.extend(by_key(finish(evaluator, 1)))

    do(search)
    assert [report.value for report in heard][:1] == ["first"]
    assert ends[0].failure.kind == "TimeLimit"


@pytest.mark.parametrize("error", [OSError("the disk is full"), KeyboardInterrupt()], ids=repr)
def test_what_goes_wrong_where_somebody_listens_goes_to_who_collects_and_not_to_the_work(error: BaseException) -> None:
    def ear(messages: Any) -> None:
        raise error

    def deaf(argument: Any, channel: Channel) -> str:
        try:
            channel.report("first")
        except Exception:  # noqa: BLE001  as works do
            return "handled"
        return "nothing happened"

    with SerialEvaluator() as evaluator:
        evaluator.listen(ear)
        evaluator.submit(Task(0, deaf, None))
        with pytest.raises(type(error)):
            evaluator.collect()
        (end,) = by_key(evaluator.collect())
    assert end.failure is not None
    assert end.failure.kind == "Cancelled"


def test_a_keyboard_interrupt_goes_on_to_the_caller_and_the_task_is_cancelled() -> None:
    with SerialEvaluator() as evaluator:
        evaluator.submit(Task(0, interrupt_from_keyboard, None))
        with pytest.raises(KeyboardInterrupt):
            evaluator.collect()
        (end,) = by_key(evaluator.collect())
    assert end.failure is not None
    assert end.failure.kind == "Cancelled"


def test_streams_are_given_back() -> None:
    streams = sys.stdout, sys.stderr
    with SerialEvaluator() as evaluator:
        run(evaluator, (work.talk, (1, 5)), (work.fail, "no"))
    assert (sys.stdout, sys.stderr) == streams


def test_work_runs_under_a_profiler():
    program = (
        "import cProfile\nfrom hypersonde.evaluators import SerialEvaluator, Task\n"
        "from hypersonde.testing import evaluator_work as work\nfrom hypersonde.testing.evaluators import run\n"
        "with cProfile.Profile(), SerialEvaluator() as evaluator:\n"
        "    print(len(run(evaluator, (work.echo, 1), (work.fail, 'no'), (work.echo, 2))))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True)
    assert ran.stdout == "3\n"
