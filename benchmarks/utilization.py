"""How busy one manager keeps many workers: the real loop, sampler and SQLite log on a virtual clock.

    python benchmarks/utilization.py [--workers 1024] [--evals 10240] [--seconds 60] [--sampler auto] [--profile FILE]

Evaluations end in virtual time, after lognormal times of the given mean. While the manager works, the CPU time that
this process uses is charged to the clock; while it waits, the clock jumps to the next end. `busy` is the part of the
time of all workers, from the first start on, in which they worked, up to the moment from which no work is left to
start; `busy_after_filling` leaves out the time until every worker has had its first evaluation. Prints one JSON object.
"""

import argparse
import cProfile
import heapq
import json
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import numpy as np

from hypersonde import History, HpProblem, Metric, State
from hypersonde.cli.choices import SAMPLERS
from hypersonde.evaluators.base import Ended, Evaluator
from hypersonde.storage import Header, SqlStorage, new_owner
from hypersonde.study.evaluate import Evaluate, Outcome
from hypersonde.study.ledger import Ledger
from hypersonde.study.log import Scribe, log_file
from hypersonde.study.loop import Plan, search
from hypersonde.study.results import ResultsFile
from hypersonde.study.stopping import Reason, Stopping

SPACE = {
    "lr": (1e-5, 1e-1, "log-uniform"),
    "momentum": (0.0, 1.0),
    "decay": (1e-8, 1e-2, "log-uniform"),
    "dropout": (0.0, 0.5),
    "smoothing": (0.0, 0.3),
    "units": (1, 128),
    "layers": (1, 8),
    "batch": (8, 512),
    "activation": ["relu", "tanh", "gelu", "none"],
    "optimizer": ["sgd", "adam", "rmsprop"],
}


def quality(config):
    """A smooth function of all ten parameters."""
    return (
        -((np.log10(config["lr"]) + 3.0) ** 2)
        - (config["momentum"] - 0.9) ** 2
        - 0.1 * (np.log10(config["decay"]) + 5.0) ** 2
        - (config["dropout"] - 0.2) ** 2
        - config["smoothing"] ** 2
        - (config["units"] / 128.0 - 0.5) ** 2
        - 0.05 * (config["layers"] - 4) ** 2
        - (config["batch"] / 512.0 - 0.3) ** 2
        - 0.3 * (config["activation"] != "gelu")
        - 0.2 * (config["optimizer"] != "adam")
    )


class Clock:
    """Seconds: those that the manager's CPU has used, and those that it has waited."""

    def __init__(self):
        self.waited = 1.0e9 - time.process_time()

    def __call__(self):
        return self.waited + time.process_time()

    def sleep_until(self, moment):
        self.waited += max(0.0, moment - self())


class Machine(Evaluator):
    """Workers of a virtual machine, and how long each has waited for work."""

    name = "virtual"

    def __init__(self, clock, workers, seconds, sigma=0.5):
        self.clock, self.workers = clock, workers
        self.rng = np.random.default_rng(0)
        self.mu, self.sigma = np.log(seconds) - 0.5 * sigma**2, sigma
        self.began = self.last_start = clock()
        self.ends, self.free, self.started = [], [self.began] * workers, 0
        self.idle_filling, self.idle, self.filled = 0.0, 0.0, None

    @property
    def capacity(self):
        return self.workers

    def submit(self, task):
        now = self.last_start = self.clock()
        waited = now - heapq.heappop(self.free)
        self.started += 1
        if self.started <= self.workers:
            self.idle_filling += waited
            self.filled = now
        else:
            self.idle += waited
        heapq.heappush(
            self.ends, (now + float(self.rng.lognormal(self.mu, self.sigma)), task.key, task.argument.config)
        )

    def collect(self, timeout=None):
        if self.ends:
            self.clock.sleep_until(self.ends[0][0])
        now, messages = self.clock(), []
        while self.ends and self.ends[0][0] <= now:
            end, key, config = heapq.heappop(self.ends)
            heapq.heappush(self.free, end)
            messages.append(Ended(key, Outcome((quality(config),)), worker="virtual"))
        return messages

    def figures(self):
        """Parts of the workers' time that were work."""
        left = sum(max(0.0, self.last_start - freed) for freed in self.free)
        span = self.last_start - self.began
        after = max(self.last_start - self.filled, 1e-9)
        return {
            "virtual_seconds": round(span, 3),
            "busy": round(1.0 - (self.idle_filling + self.idle + left) / (self.workers * span), 5),
            "busy_after_filling": round(1.0 - (self.idle + left) / (self.workers * after), 5),
            "filling_seconds": round(self.filled - self.began, 3),
        }

    def wake(self):
        pass

    def stop(self, key):
        pass

    def cancel(self, key):
        pass

    def close(self):
        pass


def utilization(workers, evals, seconds, sampler):
    """One search on a virtual machine; the figures."""
    clock = Clock()
    problem, metrics = HpProblem(SPACE), [Metric("objective", "maximize")]
    history = History(problem, metrics)
    with tempfile.TemporaryDirectory() as home, SqlStorage(Path(home) / "study.db") as storage:
        storage.open(Header("study", {}))
        results = ResultsFile(Path(home) / "results.csv")
        with log_file(Path(home) / "hypersonde.log"):
            ledger = Ledger(history, storage, new_owner(), [results], Scribe(), clock)
            machine = Machine(clock, workers, seconds)
            cpu, wall = time.process_time(), time.perf_counter()
            plan = Plan(SAMPLERS[sampler].build({}), 0, max_evals=evals)
            reason = search(ledger, Evaluate(quality, ("objective",)), machine, plan, Stopping())
            cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
            results.flush(history)
        assert reason is Reason.ENOUGH
        assert history.count(State.COMPLETE) == evals
    proposers = Counter(str(t.why.get("proposer", t.origin)) for t in history)
    return {
        "workers": workers,
        "evals": evals,
        "seconds": seconds,
        "sampler": sampler,
        **machine.figures(),
        "manager_cpu_seconds": round(cpu, 2),
        "manager_wall_seconds": round(wall, 2),
        "cpu_ms_per_evaluation": round(1000 * cpu / evals, 3),
        "best": round(history.best.value, 6),
        "proposers": dict(proposers.most_common()),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1024)
    parser.add_argument("--evals", type=int, default=10_240)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--sampler", default="auto", choices=list(SAMPLERS))
    parser.add_argument("--profile", type=Path, help="File for the profile of the manager; it is slower meanwhile.")
    arguments = parser.parse_args()
    with cProfile.Profile() if arguments.profile else nullcontext() as profile:
        figures = utilization(arguments.workers, arguments.evals, arguments.seconds, arguments.sampler)
    if profile is not None:
        profile.dump_stats(arguments.profile)
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
