"""The same on engines: an agent dies, its worker dies, the manager dies; nothing is lost, nothing runs twice."""

import os
import random
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from integration.killing import Command, wait_until

from hypersonde import State

EVALS = 80
MPIRUN = str(Path(sys.executable).with_name("mpirun"))
ENGINES = {
    "mpi": ("mpi", [MPIRUN, "-n", "4"]),
    "dask": ("dask --num-workers 3", []),
    "ray": ("ray --num-workers 3", []),
    "parsl": ("parsl --num-workers 3", []),
}
WORKER, AGENT = 3, 4  # columns of the diary


def working(command):
    """Processes of the search that evaluate, or hand out work; an engine's own may take longer to notice its end."""
    found = []
    for process in command.processes():
        with suppress(psutil.NoSuchProcess):  # it has ended since
            line = " ".join(process.cmdline())
            if "hypersonde.evaluators.worker" in line or "hypersonde hps" in line:
                found.append(line)
    return found


@pytest.fixture(scope="module", params=ENGINES)
def story(request, tmp_path_factory):
    """Run a search to its end through a kill of a worker, of an agent, and of everything."""
    home = tmp_path_factory.mktemp(request.param)
    command = Command(home, EVALS, *ENGINES[request.param])
    manager, rng, sightings = command.start(), random.Random(2), []

    def await_lines(count):
        wait_until(lambda: len(command.diary()) >= count or manager.poll() is not None, seconds=240)
        assert manager.poll() is None, (home / "stderr.txt").read_text()

    for column in (WORKER, AGENT):
        if request.param == "mpi" and column == AGENT:
            continue  # this MPI ends all ranks with one of them: that is the kill of everything
        await_lines(len(command.diary()) + rng.randint(10, 20))
        with suppress(ProcessLookupError):
            os.kill(int(command.diary()[-1][column]), signal.SIGKILL)
    for _ in range(2):
        await_lines(len(command.diary()) + rng.randint(10, 20))
        manager.send_signal(signal.SIGKILL)
        manager.wait()
        wait_until(lambda: not working(command), seconds=180, tell=lambda: str(working(command)))
        time.sleep(0.2)
        sightings.append((len(command.diary()), {t.number: t for t in command.history() if t.state.final}))
        manager = command.start()
    assert manager.wait(timeout=240) == 0, (home / "stderr.txt").read_text()
    return command, sightings


def test_exactly_the_trials_asked_for_are_finished(story):
    history = story[0].history()
    assert len(history) == history.finished == EVALS
    assert history.count(State.COMPLETE) >= EVALS - 1


def test_what_finished_before_a_kill_is_there_after_it_and_does_not_run_again(story):
    command, sightings = story
    final, diary = command.history(), command.diary()
    assert len(sightings) == 2
    for lines, finished in sightings:
        assert len(finished) >= 5
        begun_later = {int(number) for verb, number, *_ in diary[lines:] if verb == "begin"}
        for number, trial in finished.items():
            assert final[number] == trial
            assert number not in begun_later


def test_what_a_lost_agent_ran_runs_once_more_and_says_why(story):
    command, _ = story
    for trial in command.history():
        begun = [line for line in command.diary() if line[0] == "begin" and int(line[1]) == trial.number]
        assert len({line[2] for line in begun}) == len(begun) <= trial.attempt
        assert begun or trial.state is State.FAILED, "its worker may be killed before its first line"
    ends = Counter(int(line[1]) for line in command.diary() if line[0] == "end")
    again = [trial for trial in command.history() if trial.attempt > 1 and trial.state is State.COMPLETE]
    assert again
    assert set(ends) >= {trial.number for trial in again}


def test_no_process_is_left(story):
    wait_until(lambda: not story[0].processes(), seconds=180)
