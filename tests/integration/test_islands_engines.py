"""Islands without MPI: the same command in one process, on threads, processes, Ray and Dask."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hypersonde.study.reading import read_study
from hypersonde.trials import referred

BIN = Path(sys.executable).parent

PROBLEM = """
from hypersonde import HpProblem
Problem = HpProblem({"x": (-5.0, 5.0), "y": (-5.0, 5.0), "kind": ["a", "b", "c"]})
"""

RUN = """
import time

def run(config):
    time.sleep(0.01)
    return -(config["x"] ** 2 + config["y"] ** 2)
"""

ENGINES = {
    "serial": "serial",
    "thread": "thread --num-workers 3",
    "process": "process --num-workers 3",
    "ray": "ray --num-workers 2",
    "dask": "dask --num-workers 2",
}


@pytest.mark.parametrize("engine", ENGINES)
def test_islands_search_and_migrate_on_every_engine(engine, tmp_path):
    (tmp_path / "problem.py").write_text(PROBLEM)
    (tmp_path / "run.py").write_text(RUN)
    command = [BIN / "hypersonde", "hps", "islands", "-p", "problem.py", "-r", "run.py", "--islands", "3"]
    command += ["--topology", "ring", "--migration-prob", "0.4", "--sampler", "ga:pop_size=5", "--seed", "3"]
    command += ["--max-evals", "60", "--log-dir", "log", "-q", "--evaluator", *ENGINES[engine].split()]
    env = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    said = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=110, check=False)
    assert said.returncode == 0, said.stderr
    with open(tmp_path / "log" / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["COMPLETE"] * 60
    assert 1 <= len({row["worker"] for row in rows}) <= int(ENGINES[engine].partition("--num-workers")[2] or 1)
    _, history = read_study(tmp_path / "log")
    born = [trial.why["island"] for trial in history]
    assert [born.count(island) for island in range(3)] == [20, 20, 20]
    moved = [(number, trial) for trial in history for number in referred(trial.why, "migrants")]
    assert moved
    for number, trial in moved:
        assert trial.why["to"] == str((trial.why["island"] + 1) % 3)
        assert history[number].finished <= trial.queued
    strangers = [
        trial
        for trial in history
        for parent in referred(trial.why, "parents")
        if history[parent].why["island"] != trial.why["island"]
    ]
    assert strangers, "nobody was bred from a trial that came over"
