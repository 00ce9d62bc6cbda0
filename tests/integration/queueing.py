"""A user's directory on a cluster: submits searches, waits for them, reads what the run functions wrote down."""

import os
import stat
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hypersonde.batch import Run
from hypersonde.storage import open_storage
from hypersonde.study.reading import read_log
from hypersonde.trials import History

PROBLEM = """
from hypersonde import HpProblem
Problem = HpProblem({"x": (0.0, 1.0), "k": ["a", "b", "c"]})
"""
RUN = """
import os, time
from pathlib import Path

HOME = Path(os.environ["DIARIES"])
NODE = os.environ.get("SLURMD_NODENAME", "here")
JOB = os.environ.get("SLURM_JOB_ID", "none")

def write(line):
    with open(HOME / (os.environ["DIARY"] + ".txt"), "a") as diary:
        diary.write(line + chr(10))

def held(trial):
    return trial.number >= int(os.environ["HOLD"]) and not (HOME / (os.environ["DIARY"] + ".go")).exists()

def run(trial):
    write(f"begin {trial.number} {trial.attempt} {NODE} {JOB}")
    time.sleep(float(os.environ["SECONDS_EACH"]))
    while held(trial):
        if trial.should_stop():
            return 0.0  # this counts for nothing: it runs again
        time.sleep(0.05)
    write(f"end {trial.number} {trial.attempt} {NODE} {JOB}")
    return trial["x"]
"""


class User:
    """Somebody who submits searches from a directory."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.environment = {**environment, "DIARIES": str(home)}
        (home / "problem.py").write_text(PROBLEM)
        (home / "model_run.py").write_text(RUN)

    def hypersonde(self, line: str, *more: str, code: int = 0) -> str:
        """What the command says, both streams; its exit code must be this one."""
        with self.watch(line, *more) as process:
            out, err = process.communicate(timeout=300)
        assert process.returncode == code, out + err
        return out + err

    @contextmanager
    def watch(self, line: str, *more: str) -> Iterator[subprocess.Popen[str]]:
        """The command while it runs; it is killed if it still does at the end."""
        with subprocess.Popen(
            [Path(sys.executable).with_name("hypersonde"), *line.split(), *more],
            cwd=self.home,
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def submit(
        self,
        name: str,
        options: str,
        evals: int = 20,
        seconds: float = 0.1,
        search: str = "random",
        hold: int = 10**6,
    ) -> Run:
        """Submit a search whose evaluations take so many seconds each.

        From number `hold` on they wait until `release`, so that the search is not over before that.
        """
        self.environment |= {"DIARY": name, "SECONDS_EACH": str(seconds), "HOLD": str(hold)}
        line = f"submit hps {search} {name} -p problem.py -r model_run.py --max-evals {evals} --seed 3 {options}"
        said = self.hypersonde(line)
        assert f"The search runs at: {self.home / 'runs' / name}" in said
        return Run.load(self.home / "runs" / name)

    def release(self, name: str) -> None:
        """Let evaluations that were held come to their end."""
        (self.home / f"{name}.go").touch()

    def held(self, name: str) -> int:
        """How many evaluations of the search that was submitted last wait until `release`; nothing else runs then."""
        numbers = Counter(line[1] for line in self.diary(name) if int(line[1]) >= int(self.environment["HOLD"]))
        return sum(lines % 2 for lines in numbers.values())

    def diary(self, name: str) -> list[list[str]]:
        path = self.home / f"{name}.txt"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []

    def ended(self, name: str) -> int:
        """How many evaluations have come to their end."""
        return sum(line[0] == "end" for line in self.diary(name))

    def history(self, run: Run) -> History:
        with open_storage(run.storage or str(run.directory)) as storage:
            return read_log(storage)[1]

    def said(self, run: Run) -> str:
        return "\n".join(path.read_text() for path in sorted((run.directory / "logs").iterdir()))


def site(home: Path, spool: str, programs: Mapping[str, str]) -> tuple[User, Path]:
    """Somebody on a machine whose scheduler speaks as its reference says, and the place where it keeps jobs.

    `spool` is the variable by which `programs`, scripts by name, find that place.
    """
    binaries, jobs = home / "bin", home / "spool"
    binaries.mkdir()
    jobs.mkdir()
    for name, text in programs.items():
        (binaries / name).write_text(text)
        (binaries / name).chmod(stat.S_IRWXU)
    return User(home, {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", spool: str(jobs)}), jobs


def until(true: Callable[[], object], seconds: float, what: str, also: Callable[[], str] = str) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds:g} s\n{also()}")
        time.sleep(0.2)


def until_over(user: User, run: Run, seconds: float = 240.0) -> History:
    """Wait until a run's jobs are over, all its evaluations done; its history."""

    def over() -> bool:
        return bool(run.jobs) and all(job.code is not None for job in run.jobs) and complete()

    def complete() -> bool:
        return user.history(run).finished >= run.max_evals

    until(over, seconds, f"the end of {run.name}", lambda: user.said(run) + user.hypersonde(f"status {run.name}"))
    return user.history(run)


def nothing_lost_nothing_twice(user: User, run: Run, evals: int) -> Counter[str]:
    """Every evaluation came to its end once; how many on each node."""
    history = user.history(run)
    assert len(history) == history.finished == evals, history
    assert {str(t.state.name) for t in history} == {"COMPLETE"}
    ends = [(line[1], line[2]) for line in user.diary(run.name) if line[0] == "end"]
    told = [(str(t.number), str(t.attempt)) for t in history]
    assert set(told) <= set(ends)
    assert len(ends) == len(set(ends)), "an attempt ran twice"
    again = Counter(number for number, _ in ends)
    assert [n for n, times in again.items() if times > 1] == [], "finished work ran again"
    return Counter(line[3] for line in user.diary(run.name) if line[0] == "end")
