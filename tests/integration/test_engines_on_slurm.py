"""Searches whose workers are jobs of a Slurm: one job is cancelled, the node of another crashes, jobs replace both."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from integration.killing import wait_until

from hypersonde import State
from hypersonde.study.reading import read_study

EVALS = 90
ENGINES = {
    "dask": "--num-workers 3 -O cluster=slurm -O queue=debug -O memory=500MB -O walltime=00:10:00",
    "parsl": "--num-workers 3 -O provider=slurm -O partition=debug -O walltime=00:10:00",
}
PROBLEM = "from hypersonde import HpProblem\nProblem = HpProblem({'x': (0.0, 1.0)})\n"
RUN = """
import os, time
from pathlib import Path

DIARY = Path(__file__).with_name("diary.txt")

def write(verb, trial):
    with open(DIARY, "a") as diary:
        print(verb, trial.number, trial.attempt, os.environ["SLURM_JOB_ID"], os.environ["SLURMD_NODENAME"], file=diary)

def places():
    return {tuple(line.split()[3:]) for line in DIARY.read_text().splitlines()}

def run(trial):
    write("begin", trial)
    time.sleep(0.3)
    patience = time.monotonic() + 100
    while trial.number >= 60 and len(places()) < 5 and time.monotonic() < patience:  # three, and two in their place
        time.sleep(0.2)
    write("end", trial)
    return trial["x"]
"""


class Story:
    """The search, and what was known when it lost a worker."""

    def __init__(self, slurm, engine, home):
        self.home = home
        (home / "problem.py").write_text(PROBLEM)
        (home / "model_run.py").write_text(RUN)
        line = f"hps random -p problem.py -r model_run.py --evaluator {engine} {ENGINES[engine]} --max-evals {EVALS}"
        binaries = Path(sys.executable).parent
        self._search = subprocess.Popen(
            [binaries / "hypersonde", *line.split()],
            cwd=home,
            env={**slurm.environment, "PATH": f"{binaries}:{os.environ['PATH']}"},
            stdout=subprocess.DEVNULL,
            stderr=(home / "stderr.txt").open("w"),
        )
        self.sightings = []
        self._await(lambda: len(self.places()) == 3 and len(self.diary()) >= 20)
        self.cancelled = self.diary()[-1][3]
        self._look()
        slurm.run("scancel", self.cancelled)
        self._await(lambda: len(self.diary()) >= self.sightings[0][0] + 20)
        alive = [line for line in self.diary() if line[3] != self.cancelled]
        self.crashed = alive[-1][3]
        node = alive[-1][4]
        self._look()
        slurm.crash(node)
        slurm.down(node)
        self.code = self._search.wait(timeout=240)
        wait_until(lambda: not slurm.jobs(), seconds=180)
        slurm.up(node)
        slurm.empty()

    def _await(self, holds):
        wait_until(lambda: holds() or self._search.poll() is not None, seconds=240)
        assert self._search.poll() is None, (self.home / "stderr.txt").read_text()

    def _look(self):
        finished = {t.number: t for t in read_study(self.home)[1] if t.state.final}
        self.sightings.append((len(self.diary()), finished))  # in this order: the search goes on meanwhile

    def diary(self):
        path = self.home / "diary.txt"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def places(self):
        """Jobs and their nodes: the job of a node that crashed may have got another one."""
        return {tuple(line[3:]) for line in self.diary()}


@pytest.fixture(scope="module", params=ENGINES)
def story(request, slurm, tmp_path_factory):
    return Story(slurm, request.param, tmp_path_factory.mktemp(request.param))


def test_nothing_is_lost_and_no_job_is_left(story):
    assert story.code == 0, (story.home / "stderr.txt").read_text()
    history = read_study(story.home)[1]
    assert len(history) == history.count(State.COMPLETE) == EVALS


def test_what_had_finished_does_not_run_again(story):
    history, diary = read_study(story.home)[1], story.diary()
    for lines, finished in story.sightings:
        begun_later = {int(number) for verb, number, *_ in diary[lines:] if verb == "begin"}
        assert len(finished) >= 5
        for number, trial in finished.items():
            assert history[number] == trial
            assert number not in begun_later


def test_what_a_lost_job_ran_runs_once_more_elsewhere_and_says_so(story):
    begun = [line for line in story.diary() if line[0] == "begin"]
    log = (story.home / "hypersonde.log").read_text()
    again = [trial for trial in read_study(story.home)[1] if trial.attempt > 1]
    assert 1 <= len(again) <= 2
    for trial in again:
        first, second = (tuple(line[3:]) for line in begun if int(line[1]) == trial.number)
        assert first[0] in (story.cancelled, story.crashed)
        assert second != first
        assert f"trial {trial.number} goes back to the queue: WorkerLost: worker " in log


def test_jobs_take_the_place_of_the_lost_ones(story):
    assert len(story.places()) == 5


@pytest.mark.parametrize("line", ["dask -O cluster=pbs -O memory=500MB", "parsl -O provider=pbs"])
def test_jobs_are_submitted_and_deleted_through_the_commands_of_pbs(line, slurm, tmp_path):
    """Slurm's own qsub, qstat and qdel, which know no JSON: Parsl cannot ask for states through them."""
    (tmp_path / "problem.py").write_text(PROBLEM)
    (tmp_path / "model_run.py").write_text(RUN)
    options = "--num-workers 2 -O queue=debug -O walltime=00:05:00 --max-evals 12"
    binaries = Path(sys.executable).parent
    done = subprocess.run(
        [binaries / "hypersonde", *f"hps random -p problem.py -r model_run.py --evaluator {line} {options}".split()],
        cwd=tmp_path,
        env={**slurm.environment, "PATH": f"{binaries}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    history = read_study(tmp_path)[1]
    assert history.count(State.COMPLETE) == 12
    diary = [text.split() for text in (tmp_path / "diary.txt").read_text().splitlines()]
    assert {node for *_, node in diary} <= set(slurm.nodes)
    wait_until(lambda: not slurm.jobs(), seconds=180)
    slurm.empty()
