"""A search as a command that is started, watched and killed: what tests of kills share."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

import psutil

from hypersonde import History, HpProblem, Metric
from hypersonde.storage import Header, SqlStorage

PROBLEM = """
from hypersonde import HpProblem
Problem = HpProblem({"x": (0.0, 1.0), "k": ["a", "b", "c"]})
"""
RUN = """
import os, time
from pathlib import Path

DIARY = Path(__file__).with_name("diary.txt")

def write(line):
    with open(DIARY, "a") as diary:
        diary.write(line + chr(10))

def run(trial):
    write(f"begin {trial.number} {trial.attempt} {os.getpid()} {os.getppid()}")
    time.sleep(0.03)
    write(f"end {trial.number} {trial.attempt} {os.getpid()} {os.getppid()}")
    return trial["x"]
"""


class Command:
    """The same command line every time, marked so that all its processes can be found."""

    def __init__(self, home: Path, evals: int, evaluator: str, launcher: Sequence[str] = ()) -> None:
        self.home, self.mark, self.evals = home, uuid.uuid4().hex, evals
        self.evaluator, self.launcher = evaluator, list(launcher)
        (home / "problem.py").write_text(PROBLEM)
        (home / "model_run.py").write_text(RUN)
        (home / "diary.txt").touch()

    def start(self) -> subprocess.Popen:
        hypersonde = Path(sys.executable).with_name("hypersonde")
        line = f"hps random --problem problem.py --run model_run.py --evaluator {self.evaluator}"
        return subprocess.Popen(
            [*self.launcher, hypersonde, *line.split(), "--max-evals", str(self.evals), "--seed", "7"],
            cwd=self.home,
            env={**os.environ, "KILL_TEST": self.mark},
            stdout=subprocess.DEVNULL,
            stderr=(self.home / "stderr.txt").open("a"),
        )

    def diary(self) -> list[list[str]]:
        return [line.split() for line in (self.home / "diary.txt").read_text().splitlines()]

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("KILL_TEST") == self.mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def history(self) -> History:
        problem = HpProblem({"x": (0.0, 1.0), "k": ["a", "b", "c"]})
        history = History(problem, [Metric("objective", "maximize")])
        with SqlStorage(self.home / "study.db") as storage:
            storage.open(Header("study", {}))
            history.extend(storage.read())
        return history


def wait_until(holds, seconds: float = 180.0, tell=lambda: "") -> None:
    """Wait; in vain, `tell` says what there is instead."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain. {tell()}"
        time.sleep(0.005)
