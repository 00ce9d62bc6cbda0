"""CPU milliseconds per ask and tell of the default sampler against the number of trials: median and mean.

    python benchmarks/quality/cost.py [--trials 100,1000,10000,100000] [--metrics 1] [--pairs 40]

Ten mixed parameters (those of the side-by-side bench's `overhead.py`); the history is random, then pairs of one
suggestion and its result follow, then batches of 100. Process CPU time, linear algebra in one thread as in a search;
the peak of memory is the process's own.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from hypersonde.problem import HpProblem
from hypersonde.samplers.auto import Auto
from hypersonde.samplers.base import Suggestion
from hypersonde.study.one_thread import one_thread
from hypersonde.testing.histories import outcome, started
from hypersonde.trials import History, Metric, State

SPACE: dict[str, Any] = {
    "f0": (0.0, 1.0),
    "f1": (-5.0, 5.0),
    "f2": (1e-5, 1e-1, "log-uniform"),
    "f3": (1e-3, 1e3, "log-uniform"),
    "i0": (1, 10),
    "i1": (1, 128, "log-uniform"),
    "i2": (0, 100),
    "c0": ["a", "b"],
    "c1": ["a", "b", "c"],
    "c2": ["a", "b", "c", "d", "e", "f"],
}


def losses(c: Mapping[str, Any], count: int) -> tuple[float, ...]:
    """A bowl with ripples, and up to two others that contradict it."""
    u = [c["f0"] - 0.3, (c["f1"] - 1) / 10, np.log10(c["f2"]) / 4 + 0.8, np.log10(c["f3"]) / 6 - 0.1]
    u += [(c["i0"] - 7) / 9, np.log(c["i1"]) / 4.85 - 0.6, (c["i2"] - 37) / 100]
    kinds = 0.2 * (c["c0"] != "a") + 0.1 * "abc".index(c["c1"]) + 0.07 * abs("abcdef".index(c["c2"]) - 3)
    first = float(np.dot(u, u)) + kinds + 0.1 * float(np.sin(9 * u[0]) * np.cos(7 * u[1]))
    second = first + 2.0 * (c["f0"] - 0.9) ** 2 - 0.03 * c["f1"]
    return (first, float(second), 0.3 * first + (c["i0"] - 2) ** 2 / 40)[:count]


def after(n: int, metrics: int) -> History:
    """A history of n random trials."""
    problem = HpProblem(SPACE)
    history = History(problem, [Metric(f"m{j}", "minimize") for j in range(metrics)])
    configs = problem.encoding.decode(problem.encoding.sample(n, np.random.default_rng(0)))
    for i, config in enumerate(configs):
        history.extend([started(i, Suggestion(config)), *outcome(i, State.COMPLETE, losses(config, metrics))])
    return history


@one_thread()
def report(n: int, metrics: int, pairs: int) -> None:
    history, sampler, single, batch = after(n, metrics), Auto(), [], []
    sampler.suggest(history, 1, np.random.default_rng(1))
    for k in range(pairs):
        before = time.process_time()
        (suggestion,) = sampler.suggest(history, 1, np.random.default_rng(k))
        asked = time.process_time() - before
        values = losses(suggestion.config, metrics)
        before = time.process_time()
        number = len(history)
        history.extend([started(number, suggestion), *outcome(number, State.COMPLETE, values)])
        single.append(1e3 * (asked + time.process_time() - before))
    for k in range(5):
        before = time.process_time()
        sampler.suggest(history, 100, np.random.default_rng(k))
        batch.append(10.0 * (time.process_time() - before))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{n:7d} trials, {metrics} metrics: median {np.median(single):.1f}, mean {np.mean(single):.1f} ms; "
        f"each of 100 at once {np.median(batch):.2f} ms; peak {peak:.0f} MB",
        flush=True,
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--trials", default="100,1000,10000,100000")
    options.add_argument("--metrics", type=int, default=1)
    options.add_argument("--pairs", type=int, default=40)
    asked_for = options.parse_args()
    for size in asked_for.trials.split(","):
        report(int(size), asked_for.metrics, asked_for.pairs)
