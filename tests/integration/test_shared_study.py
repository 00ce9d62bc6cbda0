"""Three searches without anything in common but a log; one is killed: nothing is lost, nothing runs twice."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from hypersonde import History, HpProblem, Metric, State
from hypersonde.storage import Header, open_storage

EVALS = 120
PROBLEM = """
from hypersonde import HpProblem
Problem = HpProblem({"x": (0.0, 1.0)})
"""
RUN = """
import os, time
from pathlib import Path

def write(line):
    with open(Path(__file__).with_name("diary.txt"), "a") as diary:
        diary.write(line + chr(10))

def run(trial):
    write(f"begin {trial.number} {trial.attempt}")
    time.sleep(0.1)
    write(f"end {trial.number} {trial.attempt}")
    return trial["x"]
"""


def join(home: Path, place: str, directory: str) -> subprocess.Popen:
    line = f"hps random -p problem.py -r model_run.py --evaluator thread --num-workers 2 --max-evals {EVALS} --seed 3"
    return subprocess.Popen(
        [Path(sys.executable).with_name("hypersonde"), *line.split(), "--storage", place, "--log-dir", directory],
        cwd=home,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.DEVNULL,
        stderr=(home / f"{directory}.txt").open("a"),
    )


def diary(home: Path) -> list[list[str]]:
    path = home / "diary.txt"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def history_of(place: str) -> History:
    history = History(HpProblem({"x": (0.0, 1.0)}), [Metric("objective", "maximize")])
    with open_storage(place) as storage:
        storage.open(Header("study", {}))
        history.extend(storage.read())
    return history


@pytest.fixture(params=["postgresql", "spool"])
def place(request, tmp_path) -> str:
    if request.param == "spool":
        return f"spool:{tmp_path / 'spool'}"
    return request.getfixturevalue("postgres").new_place()


def test_one_of_three_searches_is_killed_and_nothing_is_lost_or_run_twice(place, tmp_path):
    (tmp_path / "problem.py").write_text(PROBLEM)
    (tmp_path / "model_run.py").write_text(RUN)
    searches = [join(tmp_path, place, name) for name in ("one", "two", "three")]
    try:
        deadline = time.monotonic() + 180.0
        while len(diary(tmp_path)) < EVALS // 2:
            assert time.monotonic() < deadline, (tmp_path / "one.txt").read_text()
            time.sleep(0.02)
        searches[1].send_signal(signal.SIGKILL)
        searches[1].wait()
        before = {t.number: t for t in history_of(place) if t.state.final}
        for search, name in ((searches[0], "one"), (searches[2], "three")):
            assert search.wait(timeout=300) == 0, (tmp_path / f"{name}.txt").read_text()
        last = join(tmp_path, place, "four")
        assert last.wait(timeout=300) == 0, (tmp_path / "four.txt").read_text()
    finally:
        for search in searches:
            search.kill()
            search.wait()
    history = history_of(place)
    assert len(history) == history.count(State.COMPLETE) == EVALS
    assert all(history[number] == trial for number, trial in before.items())
    begun = Counter((int(n), int(attempt)) for verb, n, attempt in diary(tmp_path) if verb == "begin")
    assert set(begun.values()) == {1}, "no attempt runs twice"
    again = {n for n, attempt in begun if attempt > 1}
    assert len(again) <= 2, "only what the killed one ran"
    assert all(attempt <= before[n].attempt for n, attempt in begun if n in before)
    assert {n for n, _ in begun} == set(range(EVALS))
