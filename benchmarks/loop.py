"""What the loop itself costs: random search, a run function that does nothing, the thread evaluator, a log on disk.

    python benchmarks/loop.py [--trials 10000] [--opened 100000]

Prints one JSON object. CPU is that of the whole process, memory is the growth of its resident set.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from hypersonde import HpProblem, Study
from hypersonde.evaluators import ThreadEvaluator
from hypersonde.samplers import Random
from hypersonde.storage import Header, SqlStorage
from hypersonde.trials import Finished, Started, State

SPACE = {
    "lr": (1e-5, 1e-1, "log-uniform"),
    "units": (1, 128),
    "dropout": (0.0, 0.5),
    "activation": ["relu", "tanh", None],
    "layers": (1, 8),
}


def nothing(config):
    return config["lr"]


def resident():
    gc.collect()
    return psutil.Process().memory_info().rss


def loop(trials, workers):
    """CPU and wall milliseconds per trial, and bytes per trial, of a search from 1,000 trials to `trials` more."""
    with tempfile.TemporaryDirectory() as home:
        with Study(HpProblem(SPACE), nothing, sampler=Random(), seed=0, log_dir=home) as study:
            study.run(max_evals=1000, evaluator=ThreadEvaluator(workers))
            before, cpu, wall = resident(), time.process_time(), time.perf_counter()
            study.run(max_evals=1000 + trials, evaluator=ThreadEvaluator(workers))
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            memory = resident() - before
            assert study.history.finished == 1000 + trials
        assert len((Path(home) / "results.csv").read_text().splitlines()) == trials + 1001
    return {
        "trials": trials,
        "cpu_ms_per_trial": round(1000 * cpu / trials, 4),
        "wall_ms_per_trial": round(1000 * wall / trials, 4),
        "bytes_per_trial": round(memory / trials),
    }


def opening(trials):
    """Seconds to open a study of `trials` finished trials."""
    with tempfile.TemporaryDirectory() as home:
        problem = HpProblem(SPACE)
        Study(problem, sampler=Random(), seed=0, log_dir=home).close()
        fill(Path(home) / "study.db", problem.encoding, trials)
        cpu, wall = time.process_time(), time.perf_counter()
        with Study(problem, sampler=Random(), seed=0, log_dir=home) as study:
            assert study.history.count(State.COMPLETE) == trials
        return {
            "trials": trials,
            "cpu_s": round(time.process_time() - cpu, 3),
            "wall_s": round(time.perf_counter() - wall, 3),
        }


def fill(place, encoding, trials, batch=5000):
    """Write finished trials straight into the log, in batches."""
    rng = np.random.default_rng(0)
    with SqlStorage(place) as storage:
        storage.open(Header("study", {}))
        for _ in range(0, trials, batch):
            configs = encoding.decode(encoding.sample(batch, rng))
            made = storage.create([Started(-1, 0.0, config, "random") for config in configs])
            storage.append([Finished(e.number, 1.0, State.COMPLETE, (e.config["lr"],)) for e in made])


def cold_start(*command):
    """Median CPU milliseconds of a fresh process, bytecode compiled."""
    costs = []
    for _ in range(7):
        before = psutil.Process().cpu_times()
        subprocess.run([sys.executable, *command], check=True, capture_output=True)
        after = psutil.Process().cpu_times()
        costs.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return round(1000 * sorted(costs)[3], 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--opened", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=4)
    arguments = parser.parse_args()
    python = cold_start("-c", "pass")
    print(
        json.dumps(
            {
                "loop": loop(arguments.trials, arguments.workers),
                "opening": opening(arguments.opened),
                "start_cpu_ms": {
                    "python alone": python,
                    "import hypersonde": cold_start("-c", "import hypersonde"),
                    "hypersonde --help": cold_start(str(Path(sys.executable).with_name("hypersonde")), "--help"),
                },
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
