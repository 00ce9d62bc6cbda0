"""Worker processes: what they owe beyond the laws."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.evaluators import Channel, ProcessEvaluator, Report, SubprocessEvaluator, Task
from hypersonde.testing import evaluator_work as work
from hypersonde.testing.evaluators import by_key, finish, run, stands_still

HEAVY = {"ConfigSpace", "numpy", "scipy", "sqlalchemy", "pandas", "sklearn", "pydantic", "typer", "rich", "psutil"}


def place(argument: Any, channel: Channel) -> dict[str, Any]:
    """Where and as what the work runs."""
    time.sleep(argument or 0)
    return {
        "pid": os.getpid(),
        "cwd": os.getcwd(),
        "gpus": channel.gpus,
        "visible": os.environ.get("CUDA_VISIBLE_DEVICES"),
        "threads": os.environ.get("OMP_NUM_THREADS"),
    }


def move(directory: str, channel: Channel) -> None:
    os.chdir(directory)


def return_lock(argument: Any, channel: Channel) -> Any:
    return threading.Lock()


def fork_and_exit_in_the_copy(argument: Any, channel: Channel) -> str:
    if os.fork() == 0:
        sys.exit("the copy leaves")
    os.wait()
    return "the original stays"


def kill_parent_of_a_fork(argument: Any, channel: Channel) -> None:
    """Die while a forked copy holds everything that was open."""
    if os.fork() == 0:
        time.sleep(30)
        os._exit(0)
    os.kill(os.getpid(), signal.SIGKILL)


class LoadsNowhere:
    def __reduce__(self) -> Any:
        return (_load, (os.getpid(),))


def _load(home: int) -> Any:
    if os.getpid() != home:
        raise ImportError("no such thing here")
    return LoadsNowhere()


def value_that_loads_nowhere(argument: Any, channel: Channel) -> Any:
    if argument == "report":
        channel.report(LoadsNowhere())
        time.sleep(work.PATIENCE)
    return LoadsNowhere()


def test_lambdas_and_closures_travel() -> None:
    offset = 40
    with ProcessEvaluator(1) as evaluator:
        evaluator.submit(Task(0, lambda x, channel: x + offset, 2))
        evaluator.submit(Task(1, work.echo, lambda: 5))
        first, second = by_key(finish(evaluator, 2))
    assert first.value == 42
    assert second.value() == 5


def test_functions_and_classes_of_a_script_travel_without_a_main_guard(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        """
        from dataclasses import dataclass
        from hypersonde.evaluators import ProcessEvaluator, Task

        @dataclass
        class Point:
            x: float

        def square(point, channel):
            return Point(point.x**2)

        with ProcessEvaluator(2) as evaluator:
            evaluator.submit(Task(0, square, Point(3.0)))
            (end,) = evaluator.collect()
        print(end.value, isinstance(end.value, Point))
        """,
    )
    assert done.communicate(timeout=60)[0] == "Point(x=9.0) True\n"


def test_a_worker_imports_nothing_heavy_by_itself() -> None:
    heavy = HEAVY  # the lambda travels by value: the worker need not import this module
    with ProcessEvaluator(1) as evaluator:
        (end,) = by_key(run(evaluator, (lambda argument, channel: heavy & set(sys.modules), None)))
    assert end.value == set()


def test_a_worker_has_the_directory_and_the_search_path_of_its_manager(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "just_written.py").write_text("def call(x, channel): return x, __file__\n")
    monkeypatch.chdir(tmp_path)
    with ProcessEvaluator(1) as evaluator:
        before = by_key(run(evaluator, (place, None)))[0].value
        monkeypatch.syspath_prepend(tmp_path)
        import just_written  # type: ignore[import-not-found]

        evaluator.submit(Task(1, just_written.call, 7))
        (end,) = by_key(finish(evaluator, 1))
    assert before["cwd"] == str(tmp_path)
    assert end.value == (7, str(tmp_path / "just_written.py"))


def test_work_that_changes_directory_does_not_move_the_next(tmp_path: Path) -> None:
    with ProcessEvaluator(1) as evaluator:
        ends = by_key(run(evaluator, (move, str(tmp_path)), (place, None)))
    assert ends[1].value["cwd"] == os.getcwd()


def test_workers_are_reused_and_a_subprocess_is_not() -> None:
    with ProcessEvaluator(1) as evaluator:
        pids = {end.value["pid"] for end in by_key(run(evaluator, *[(place, None)] * 4))}
    assert len(pids) == 1
    with SubprocessEvaluator(1) as evaluator:
        pids = {end.value["pid"] for end in by_key(run(evaluator, *[(place, None)] * 4))}
    assert len(pids) == 4


def test_workers_start_only_when_tasks_need_them() -> None:
    children = len(psutil.Process().children())
    with ProcessEvaluator(8) as evaluator:
        assert evaluator.capacity == 8
        run(evaluator, (work.echo, 1))
        assert len(psutil.Process().children()) == children + 1


def test_each_worker_has_gpus_of_its_own() -> None:
    with ProcessEvaluator(gpus=[0, 1, "2", "3"], gpus_per_task=2) as evaluator:
        assert evaluator.capacity == 2
        places = [end.value for end in by_key(run(evaluator, (place, 1.0), (place, 1.0)))]
    assert {p["gpus"] for p in places} == {("0", "1"), ("2", "3")}
    assert all(p["visible"] == ",".join(p["gpus"]) for p in places)


def test_the_gpus_of_a_killed_worker_go_to_the_next() -> None:
    with ProcessEvaluator(gpus=["5"]) as evaluator:
        ends = by_key(run(evaluator, (work.suicide, signal.SIGKILL), (place, None)))
    assert ends[1].value["gpus"] == ("5",)


def test_threads_of_numeric_libraries_share_the_cores_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    with ProcessEvaluator(1000) as evaluator:
        assert by_key(run(evaluator, (place, None)))[0].value["threads"] == "1"
    with ProcessEvaluator(1, env={"OMP_NUM_THREADS": "3"}) as evaluator:
        assert by_key(run(evaluator, (place, None)))[0].value["threads"] == "3"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"workers": 0}, "workers: got 0, expected a whole number from 1 on"),
        ({"workers": 3, "gpus": [0, 1]}, "3 workers with 1 each need 3 ids, got 2"),
        ({"gpus": [0], "gpus_per_task": 2}, "1 workers with 2 each need 2 ids, got 1"),
        ({"gpus": [0], "gpus_per_task": -1}, "gpus_per_task: got -1"),
    ],
)
def test_impossible_settings_are_refused(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        ProcessEvaluator(**settings)


def test_named_resources_and_a_closed_evaluator_are_refused() -> None:
    with ProcessEvaluator(1) as evaluator, pytest.raises(InvalidInput, match=r"got \['nodes'\]"):
        evaluator.submit(Task(0, work.echo, 1, resources={"nodes": 2}))
    with pytest.raises(InvalidInput, match="is closed"):
        evaluator.submit(Task(1, work.echo, 1))


def test_what_cannot_be_pickled_or_loaded_fails_its_own_task_and_says_so() -> None:
    lock = threading.Lock()
    with ProcessEvaluator(2) as evaluator:
        ends = by_key(
            run(
                evaluator,
                (work.echo, lock),
                (lambda x, channel: lock, 1),
                (return_lock, 1),
                (work.echo, LoadsNowhere()),
                (value_that_loads_nowhere, "value"),
                (value_that_loads_nowhere, "report"),
                (work.echo, "fine"),
            )
        )
    told = [str(end.failure) for end in ends]
    assert "the work cannot be sent to a worker process: cannot pickle '_thread.lock'" in told[0]
    assert "the work cannot be sent to a worker process: cannot pickle '_thread.lock'" in told[1]
    assert "BadResult: of what the work returned, a lock, cannot be pickled: cannot pickle '_thread.lock'" in told[2]
    assert "ImportError: the work cannot be loaded in a worker process: no such thing here" in told[3]
    assert "the returned value cannot be loaded: no such thing here" in told[4]
    assert "a reported value cannot be loaded: no such thing here" in told[5]
    assert ends[6].value == "fine"


def test_a_call_that_cannot_be_pickled_is_not_admitted() -> None:
    lock = threading.Lock()
    with ProcessEvaluator(1) as evaluator:
        with pytest.raises(
            InvalidInput, match=r"pickled, and 'lock', a lock, cannot be.*Make it inside the function, or"
        ):
            evaluator.admit(lambda x, channel: lock)
        evaluator.admit(work.echo)


def test_large_arguments_and_values_travel() -> None:
    large = os.urandom(30_000_000)
    with ProcessEvaluator(2) as evaluator:
        ends = by_key(run(evaluator, (work.echo, large), (work.echo, large)))
    assert [end.value == large for end in ends] == [True, True]


def workers() -> list[psutil.Process]:
    """The worker processes of this process, which may have other children."""
    return [p for p in psutil.Process().children() if any("evaluators.worker" in part for part in cmdline(p))]


def test_a_worker_killed_from_outside_costs_one_task() -> None:
    with ProcessEvaluator(2) as evaluator:
        evaluator.submit(Task(0, work.wait_for_stop, None))
        evaluator.submit(Task(1, place, None))
        messages = finish(evaluator, 1)
        victim = next(p for p in workers() if p.pid != by_key(messages)[0].value["pid"])
        victim.kill()
        (end,) = by_key(finish(evaluator, 1))
        assert end.failure is not None
        assert f"worker {victim.pid} was killed by SIGKILL after" in end.failure.message
        assert not end.failure.retry
        evaluator.submit(Task(2, work.echo, "on"))
        evaluator.submit(Task(3, work.echo, "on"))
        assert [end.value for end in by_key(finish(evaluator, 2))] == ["on", "on"]


def test_what_a_killed_worker_had_started_is_killed_too(tmp_path: Path) -> None:
    with ProcessEvaluator(1) as evaluator:
        evaluator.submit(Task(0, work.sleep_in_company, (str(tmp_path), True)))
        assert evaluator.collect() == [Report(0, "running")]
        (victim,) = workers()
        victim.kill()
        finish(evaluator, 1)
        assert stands_still(*tmp_path.iterdir())


def test_a_machine_without_room_for_a_worker_costs_the_task_and_not_the_search(tmp_path: Path) -> None:
    done = script(
        tmp_path,
        """
        import os, resource
        from hypersonde.evaluators import ProcessEvaluator, Task
        from hypersonde.testing import evaluator_work as work

        with ProcessEvaluator(1) as evaluator:
            limits = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")), limits[1]))
            evaluator.submit(Task(0, work.echo, 1))
            print(evaluator.collect()[0].failure)
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
            evaluator.submit(Task(1, work.echo, 1))
            print(evaluator.collect()[0].value)
        """,
    )
    first, second = done.communicate(timeout=60)[0].splitlines()
    assert first.startswith("WorkerLost: no worker process can be started: [Errno 24]")
    assert second == "1"


def test_a_worker_killed_while_idle_costs_nothing() -> None:
    with ProcessEvaluator(1) as evaluator:
        pid = by_key(run(evaluator, (place, None)))[0].value["pid"]
        os.kill(pid, signal.SIGKILL)
        gone(pid)
        evaluator.submit(Task(1, work.echo, "on"))
        assert by_key(finish(evaluator, 1))[0].value == "on"


def test_a_dead_worker_is_noticed_while_its_forked_child_lives() -> None:
    with ProcessEvaluator(1) as evaluator:
        (end,) = by_key(run(evaluator, (kill_parent_of_a_fork, None)))
    assert end.failure is not None
    assert "SIGKILL" in end.failure.message


def test_a_forked_copy_of_the_work_has_no_say() -> None:
    with ProcessEvaluator(1) as evaluator:
        ends = by_key(run(evaluator, (fork_and_exit_in_the_copy, None), (work.echo, 1)))
    assert [end.value for end in ends] == ["the original stays", 1]


def test_close_gives_back_every_file_thread_and_process() -> None:
    with ProcessEvaluator(2) as warm_up:
        run(warm_up, (work.echo, 1))
    before = inventory()
    with ProcessEvaluator(3) as evaluator:
        run(evaluator, (work.echo, 1), (work.suicide, signal.SIGKILL), (work.fail, "no"), (work.echo, 1))
        evaluator.submit(Task(9, work.wait_for_stop, None))
        evaluator.collect()
    assert inventory() == before


def test_what_was_cancelled_by_close_can_still_be_collected() -> None:
    with ProcessEvaluator(1) as evaluator:
        for key in (0, 1):
            evaluator.submit(Task(key, work.wait_for_stop, None))
        assert evaluator.collect() == [Report(0, "running")]
    kinds = [end.failure.kind for end in by_key(evaluator.collect()) if end.failure is not None]
    assert kinds == ["Cancelled", "Cancelled"]
    assert evaluator.capacity == 0
    evaluator.wake()
    assert evaluator.collect() == []


MANAGER = """
    import sys, time
    from pathlib import Path
    from hypersonde.evaluators import ProcessEvaluator, Report, Task
    from hypersonde.testing import evaluator_work as work

    def hold_the_gil(argument, channel):
        import collections, itertools, os
        channel.report(os.getpid())
        collections.deque(itertools.count(), maxlen=0)

    directory = sys.argv[1]
    evaluator = ProcessEvaluator(3)
    if sys.argv[2] == "company":
        evaluator.submit(Task(0, work.sleep_in_company, (directory, True)))
    else:
        evaluator.submit(Task(0, hold_the_gil, None))
    evaluator.submit(Task(1, work.echo, "idle soon"))
    seen = 0
    while seen < 2:
        seen += len(evaluator.collect())
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("kind", ["company", "gil"])
def test_no_process_outlives_a_killed_manager(tmp_path: Path, kind: str) -> None:
    ticks = tmp_path / "ticks"
    ticks.mkdir()
    manager = script(tmp_path, MANAGER, str(ticks), kind)
    assert manager.stdout is not None
    assert manager.stdout.readline() == "ready\n"
    family = psutil.Process(manager.pid).children(recursive=True)
    orphans = [p for p in psutil.process_iter() if str(ticks) in " ".join(cmdline(p))]
    assert family
    manager.kill()
    manager.communicate()
    _, alive = psutil.wait_procs({*family, *orphans}, timeout=20)
    assert alive == []


STILL = """
    import os, sys, threading, time
    from hypersonde.evaluators import ProcessEvaluator, Task, process_tree
    from hypersonde.testing import evaluator_work as work

    def die(*_):
        (worker,) = evaluator._pool._running.values()
        print(worker.pid, flush=True)
        os._exit(1)

    def manage():
        global evaluator
        evaluator = ProcessEvaluator(1)
        evaluator.submit(Task(0, work.wait_for_stop, None))
        if sys.argv[2] == "at work":
            evaluator.collect()
        process_tree._family = die  # at the moment when its workers stand still
        evaluator.close()

    if sys.argv[1] == "main":
        manage()
    else:
        thread = threading.Thread(target=manage)
        thread.start()
        thread.join()
"""


@pytest.mark.parametrize("thread", ["main", "another"])
@pytest.mark.parametrize("when", ["starting", "at work"])
def test_a_worker_does_not_stand_still_for_ever_when_its_manager_dies_while_ending_it(
    tmp_path: Path, when: str, thread: str
) -> None:
    manager = script(tmp_path, STILL, thread, when)
    worker = int(manager.communicate(timeout=60)[0])
    wait_until_no_process(worker)


def wait_until_no_process(pid: int) -> None:
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, psutil.Process(pid).status()
        time.sleep(0.01)


def script(directory: Path, text: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a program of its own that says things on its standard output."""
    path = directory / "program.py"
    path.write_text(textwrap.dedent(text))
    return subprocess.Popen([sys.executable, str(path), *arguments], stdout=subprocess.PIPE, text=True)


def cmdline(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def gone(pid: int) -> None:
    """Wait until a child of this process has died with all its threads, and so has let go of its files."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE and len(os.listdir(f"/proc/{pid}/task")) == 1:
            return
        time.sleep(0.01)


def inventory() -> tuple[set[str], int, int]:
    """Open files, threads and children of this process."""
    return (
        set(os.listdir("/proc/self/fd")),
        threading.active_count(),
        len(psutil.Process().children(recursive=True)),
    )
