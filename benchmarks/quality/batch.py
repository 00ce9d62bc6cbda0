"""Are a thousand suggestions asked at once better with believers than a thousand random confidence bounds?

    python benchmarks/quality/batch.py

Prints the loss of the best of a batch on functions of known shape, mean over seeds, and how far its points are apart.
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


def without_believers() -> None:
    Pool.believe = lambda self, i: None
    Proposer._believing = lambda self, pending: self.aims.belief.posterior
    Aims.bound_odds = 1.0


def report(label: str, count: int, seeds: int = 10) -> None:
    for f in (hartmann6, rastrigin6):
        best, apart = [], []
        for seed in range(seeds):
            X = batch(after(f, 60, seed), count, seed)
            best.append(f(X).min())
            apart.append(np.median(pdist(X)))
        best_of, distance = np.mean(best), np.mean(apart)
        print(f"{label:18s} {f.__name__:11s} {count:5d} at once: best {best_of:8.4f}, median distance {distance:.3f}")


if __name__ == "__main__":
    report("believers", 100)
    report("believers", 1000)
    without_believers()
    report("random kappa only", 100)
    report("random kappa only", 1000)
