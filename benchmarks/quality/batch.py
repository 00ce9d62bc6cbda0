"""Are a thousand suggestions asked at once better with believers than a thousand random confidence bounds?

    python benchmarks/quality/batch.py

Prints the loss of the best of a batch, mean over paired seeds, the difference with a 95 % interval (below 0: believers
are better), and how far the points of a batch are apart.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import pdist

from hypersonde.problem import HpProblem
from hypersonde.samplers.auto import Auto
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.bayes.aim import Aims
from hypersonde.samplers.bayes.pool import Pool
from hypersonde.samplers.bayes.proposal import Proposer
from hypersonde.testing.histories import folded, outcome, started
from hypersonde.trials import History, State

A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)
P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann6(X: np.ndarray) -> np.ndarray:
    return -np.exp(-np.einsum("kd,nkd->nk", A, (X[:, None] - P) ** 2)) @ np.array([1, 1.2, 3, 3.2])


def rastrigin6(X: np.ndarray) -> np.ndarray:
    Z = 4.0 * (X - 0.37)
    return (Z**2 - np.cos(2 * np.pi * Z) + 1.0).sum(axis=1)


def after(f: Callable[[np.ndarray], np.ndarray], n: int, seed: int) -> History:
    """A history of n random trials."""
    problem = HpProblem({f"x{i}": (0.0, 1.0) for i in range(6)})
    X = problem.encoding.sample(n, np.random.default_rng(seed))
    history = folded(problem, [])
    for i, (config, y) in enumerate(zip(problem.encoding.decode(X), f(X), strict=True)):
        history.extend([started(i, Suggestion(config)), *outcome(i, State.COMPLETE, (float(y),))])
    return history


def batch(history: History, count: int, seed: int) -> np.ndarray:
    suggestions = Auto().suggest(history, count, np.random.default_rng(seed))
    return history.problem.encoding.encode([s.config for s in suggestions])


def drawn(seed: int) -> Callable[[np.ndarray], np.ndarray]:
    """A function of six numbers drawn from a process with a kernel like Matern 5/2 (random Fourier features)."""
    dice = np.random.default_rng([77, seed])
    W, b = dice.standard_t(5, size=(400, 6)) / 0.5, dice.uniform(0.0, 2.0 * np.pi, 400)
    a = dice.standard_normal(400) * np.sqrt(2.0 / 400)
    return lambda X: np.asarray(np.cos(X @ W.T + b) @ a)


SHAPES = {"hartmann6": hartmann6, "rastrigin6": rastrigin6}
KEPT = Pool.believe, Proposer._believing, Aims.bound_odds


def believers(wanted: bool) -> None:
    """The sampler as it is, or random confidence bounds only and nothing believed."""
    Pool.believe, Proposer._believing, Aims.bound_odds = KEPT
    if not wanted:
        Pool.believe = lambda self, i: None
        Proposer._believing = lambda self, pending: self.aims.belief.posterior
        Aims.bound_odds = 1.0


def best_of(f: Callable[[np.ndarray], np.ndarray], count: int, seed: int) -> tuple[list[float], float]:
    """The best of a batch with believers and of one without, and how far apart the points of the first are."""
    history, found, apart = after(f, 60, seed), [], 0.0
    for wanted in (True, False):
        believers(wanted)
        X = batch(history, count, seed)
        found.append(float(f(X).min()))
        apart = apart or float(np.median(pdist(X[:300])))
    return found, apart


def report(name: str, count: int, seeds: int = 10) -> None:
    runs = [best_of(drawn(s) if name == "drawn" else SHAPES[name], count, s) for s in range(seeds)]
    best = np.array([found for found, _ in runs])
    difference = best[:, 0] - best[:, 1]
    around = 1.96 * difference.std(ddof=1) / np.sqrt(seeds)
    print(
        f"{name:11s} {count:5d} at once: believers {best[:, 0].mean():8.4f}, random kappa {best[:, 1].mean():8.4f}, "
        f"difference {difference.mean():+.4f} +- {around:.4f}, median distance {np.mean([a for _, a in runs]):.3f}"
    )


if __name__ == "__main__":
    for size in (100, 1000):
        for function in ("hartmann6", "rastrigin6", "drawn"):
            report(function, size)
