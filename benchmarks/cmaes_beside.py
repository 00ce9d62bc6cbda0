"""CMA-ES beside the package ``cmaes``: evaluations to 1e-8, or the best of so many, ten dimensions, medians over seeds.

    PYTHON benchmarks/cmaes_beside.py --seeds 10 --evaluations 8000

PYTHON has this package and cmaes. Both begin at the same place with the same deviation and population, one generation
at a time, so that what differs is the algorithm and not the asynchrony, and neither begins anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import cmaes
import numpy as np
from evolution_tasks import FUNCTIONS, D

from hypersonde.models.cma import Constants, Normal

LAM, SIGMA, TARGET = 4 + int(3 * np.log(D)), 0.25, 1e-8
Loss = Callable[[np.ndarray], float]


def ours(loss: Loss, m: np.ndarray, seed: int, active: bool, separable: bool) -> Iterator[float]:
    rng, k = np.random.default_rng(seed), Constants(D, LAM, active, separable)
    normal = Normal.start(m, SIGMA)
    while True:
        X = np.array([normal.sample(rng) for _ in range(LAM)])
        found = np.array([loss(x) for x in X])
        yield from found
        normal = normal.updated(X[np.argsort(found)], k)


def theirs(loss: Loss, m: np.ndarray, seed: int, kind: type) -> Iterator[float]:
    optimizer = kind(mean=m, sigma=SIGMA, seed=seed, population_size=LAM)
    while True:
        told = []
        for _ in range(LAM):
            x = optimizer.ask()
            told.append((x, loss(x)))
            yield told[-1][1]
        optimizer.tell(told)


SIDES: dict[str, Callable[[Loss, np.ndarray, int], Iterator[float]]] = {
    "ours": lambda loss, m, seed: ours(loss, m, seed, True, False),
    "ours, basic": lambda loss, m, seed: ours(loss, m, seed, False, False),
    "cmaes.CMA": lambda loss, m, seed: theirs(loss, m, seed, cmaes.CMA),
    "ours, separable": lambda loss, m, seed: ours(loss, m, seed, True, True),
    "cmaes.SepCMA": lambda loss, m, seed: theirs(loss, m, seed, cmaes.SepCMA),
}


def run(side: str, name: str, seed: int, evaluations: int) -> tuple[int, float]:
    """How many evaluations it took, and the lowest loss."""
    function, low, high = FUNCTIONS[name]
    m, best = np.random.default_rng([seed, 1]).uniform(0.2, 0.8, D), np.inf
    for n, loss in enumerate(SIDES[side](lambda u: function(low + (high - low) * u), m, seed), 1):
        best = min(best, loss)
        if best < TARGET or n == evaluations:
            return n, best
    raise AssertionError("a search does not end by itself")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--evaluations", type=int, default=8000)
    a = parser.parse_args()
    for name in ("sphere", "rosenbrock", "rastrigin"):
        for side in SIDES:
            runs = [run(side, name, seed, a.evaluations) for seed in range(a.seeds)]
            n, best = np.median([n for n, _ in runs]), np.median([best for _, best in runs])
            print(f"{name:11} {side:16} {n:6.0f} evaluations, best {best:9.3g}", flush=True)
