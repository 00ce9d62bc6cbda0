"""An asynchronous search in one process on a virtual clock, for the tests of evolution."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from typing import Any

import ConfigSpace as cs
import numpy as np

from hypersonde.problem import HpProblem
from hypersonde.samplers import Sampler
from hypersonde.trials import History, Metric, State
from hypersonde.trials.events import Finished, Started

Loss = Callable[[Mapping[str, Any]], float]


def search(
    sampler: Sampler, problem: HpProblem, loss: Loss, trials: int, *, workers: int = 1, seed: int = 0
) -> History:
    """The history of a search that minimises; a loss that is not finite fails the trial."""
    history = History(problem, [Metric("loss", "minimize")])
    clock, heap = np.random.default_rng([seed, 10**6]), []
    now, number = 0.0, 0
    while history.finished < trials:
        while number < trials and len(heap) < workers:
            chosen = sampler.suggest(history, 1, np.random.default_rng([seed, number]))[0]
            history.extend([Started(number, now, chosen.config, sampler.name, chosen.why)])
            heapq.heappush(heap, (now + clock.lognormal(0.0, 0.3), number, loss(chosen.config)))
            number += 1
        now, done, value = heapq.heappop(heap)
        ok = np.isfinite(value)
        history.extend([Finished(done, now, State.COMPLETE if ok else State.FAILED, (value,) if ok else ())])
    return history


def best(history: History) -> float:
    return float(np.nanmin(history.losses[:, 0]))


def box(D: int, low: float = -5.0, high: float = 5.0) -> HpProblem:
    return HpProblem({f"x{i}": (low, high) for i in range(D)})


def sphere(config: Mapping[str, Any]) -> float:
    x = np.array(list(config.values()))
    return float(np.sum((x - 1.0) ** 2))


def rosenbrock(config: Mapping[str, Any]) -> float:
    x = np.array(list(config.values()))
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def mixed() -> HpProblem:
    """A float, a log float, an integer, an ordered list, a category and a parameter of one of its values."""
    space = cs.ConfigurationSpace(seed=0)
    kind = cs.Categorical("kind", ["a", "b", "c", "d", "e"], default="a")
    extra = cs.Float("extra", (0.0, 1.0), default=0.5)
    space.add(cs.Float("x", (0.0, 1.0)), cs.Float("rate", (1e-6, 1.0), log=True), cs.Integer("n", (1, 40)))
    space.add(cs.OrdinalHyperparameter("size", [8, 16, 32, 64]), kind, extra, cs.EqualsCondition(extra, kind, "d"))
    return HpProblem(space)


def mixed_loss(config: Mapping[str, Any]) -> float:
    """0 at x = 0.3, rate = 1e-3, n = 17, size = 32, kind = "d", extra = 0.8."""
    loss = (config["x"] - 0.3) ** 2 + (np.log10(config["rate"]) + 3.0) ** 2 / 36 + (config["n"] - 17) ** 2 / 1600
    loss += 0.1 * abs([8, 16, 32, 64].index(config["size"]) - 2) + {"d": 0.0, "a": 0.1}.get(config["kind"], 0.2)
    return float(loss + (config["extra"] - 0.8) ** 2 if "extra" in config else loss + 0.1)
