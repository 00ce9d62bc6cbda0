"""Are a thousand suggestions asked at once better than a thousand random confidence bounds of the same model?

    python benchmarks/quality/batch.py [--seeds 20] [--count 1000] [--names hartmann6,mixed10] [--refined]

After 60 random trials a batch is asked for, once from the default sampler, once by confidence bounds with a random
kappa for every row and nothing believed (`--refined`: each bound climbed by gradients, too, which takes seconds).
Prints the loss of the best of a batch, mean over paired seeds, the difference with a 95 % interval (below 0: the
sampler is better), the share of seeds won, CPU milliseconds per suggestion and how far the points are apart.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy.spatial.distance import pdist

from hypersonde.problem import HpProblem
from hypersonde.samplers.auto import Auto
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.bayes.aim import Aims
from hypersonde.samplers.bayes.candidates import candidates
from hypersonde.samplers.bayes.criterion import Criterion
from hypersonde.samplers.bayes.proposal import Proposal, Proposer
from hypersonde.testing.histories import folded, outcome, started
from hypersonde.trials import History, State

Function = Callable[[np.ndarray], np.ndarray]

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


def ackley6(X: np.ndarray) -> np.ndarray:
    Z = 52.768 * X - 20.0
    bowl = -20.0 * np.exp(-0.2 * np.sqrt((Z**2).mean(axis=1)))
    return bowl - np.exp(np.cos(2 * np.pi * Z).mean(axis=1)) + 20.0 + np.e


def levy6(X: np.ndarray) -> np.ndarray:
    W = 1.0 + (20.0 * X - 11.0) / 4.0
    middle = (W[:, :-1] - 1.0) ** 2 * (1.0 + 10.0 * np.sin(np.pi * W[:, :-1] + 1.0) ** 2)
    last = (W[:, -1] - 1.0) ** 2 * (1.0 + np.sin(2.0 * np.pi * W[:, -1]) ** 2)
    return np.sin(np.pi * W[:, 0]) ** 2 + middle.sum(axis=1) + last


def rosenbrock6(X: np.ndarray) -> np.ndarray:
    Z = 4.0 * X - 2.0
    return np.log1p((100.0 * (Z[:, 1:] - Z[:, :-1] ** 2) ** 2 + (1.0 - Z[:, :-1]) ** 2).sum(axis=1))


def mixed10(X: np.ndarray) -> np.ndarray:
    """Four numbers, three integers, three categories (their indices): a bowl with ripples, categories shift it."""
    C = X[:, 7:]
    U = X[:, :7] - (0.3 + 0.08 * C[:, [0]] - 0.05 * C[:, [1]])
    return (U**2).sum(axis=1) + 0.1 * np.cos(9.0 * U).sum(axis=1) + 0.15 * np.abs(C - [1, 2, 3]).sum(axis=1)


def drawn(seed: int) -> Function:
    """A function of six numbers drawn from a process with a kernel like Matern 5/2 (random Fourier features)."""
    dice = np.random.default_rng([77, seed])
    W, b = dice.standard_t(5, size=(400, 6)) / 0.5, dice.uniform(0.0, 2.0 * np.pi, 400)
    a = dice.standard_normal(400) * np.sqrt(2.0 / 400)
    return lambda X: np.asarray(np.cos(X @ W.T + b) @ a)


SHAPES: dict[str, Callable[[int], Function]] = {
    "hartmann6": lambda seed: hartmann6,
    "rastrigin6": lambda seed: rastrigin6,
    "drawn": drawn,
    "ackley6": lambda seed: ackley6,
    "levy6": lambda seed: levy6,
    "rosenbrock6": lambda seed: rosenbrock6,
    "mixed10": lambda seed: mixed10,
}


def space(name: str) -> HpProblem:
    if name != "mixed10":
        return HpProblem({f"x{i}": (0.0, 1.0) for i in range(6)})
    numbers = {f"f{i}": (0.0, 1.0) for i in range(4)} | {f"i{i}": (0, k) for i, k in enumerate((9, 30, 100))}
    return HpProblem(numbers | {f"c{i}": list("abcdef"[:k]) for i, k in enumerate((2, 3, 6))})


def after(problem: HpProblem, f: Function, n: int, seed: int) -> History:
    """A history of n random trials."""
    X = problem.encoding.sample(n, np.random.default_rng(seed))
    history = folded(problem, [])
    for i, (config, y) in enumerate(zip(problem.encoding.decode(X), f(X), strict=True)):
        history.extend([started(i, Suggestion(config)), *outcome(i, State.COMPLETE, (float(y),))])
    return history


def bounds(self: Proposer, posterior: object, count: int, rng: np.random.Generator) -> list[Proposal]:
    """Rows from a pool of candidates, each the best for a random kappa; nothing is believed."""
    plain, best = self.aims.belief.posterior, float(self.aims.belief.means[0])
    elites = self.aims.belief.elites[: max(5, count // 5)]
    X = candidates(self.encoding, elites, max(512, self.budget.pool(self.trials) * count), rng)
    X = X[self.novelty.new(X)]
    mean, variance = plain.predict(X)
    found: list[Proposal] = []
    for kappa in rng.exponential(1.0, count).tolist():
        values = Criterion(plain, best, kappa).of(mean, variance)
        i = self.novelty.first(X, np.argsort(-values, kind="stable"))
        if i is not None:
            found.append(Proposal(X[i], "gp-lcb", kappa, float(mean[i]), float(variance[i])))
    return found


def one_by_one(self: Proposer, count: int, pending: np.ndarray, rng: np.random.Generator) -> list[Proposal]:
    """Every bound the best of candidates of its own, the two best of which climb by gradients."""
    return [p for _ in range(count) for p in self._one(self.aims.belief.posterior, pending, rng)]


KEPT = Proposer._many, Proposer._believing, Proposer.propose, Aims.bound_odds


def by_bounds(wanted: bool, refined: bool) -> None:
    """Random confidence bounds only and nothing believed, or the sampler as it is."""
    Proposer._many, Proposer._believing, Proposer.propose, Aims.bound_odds = KEPT
    if wanted:
        Proposer._many = bounds
        Proposer._believing = lambda self, pending: self.aims.belief.posterior
        Aims.bound_odds = 1.0
        if refined:
            Proposer.propose = one_by_one


def best_of(name: str, count: int, seed: int, refined: bool) -> tuple[list[float], list[float], float]:
    """The best of a batch of the sampler and of bounds, CPU seconds, and how far apart the first's points are."""
    f, found, seconds, apart = SHAPES[name](seed), [], [], 0.0
    for wanted in (False, True):
        history = after(space(name), f, 60, seed)
        by_bounds(wanted, refined)
        started_at = time.process_time()
        suggestions = Auto().suggest(history, count, np.random.default_rng(seed))
        seconds.append(time.process_time() - started_at)
        X = history.problem.encoding.encode([s.config for s in suggestions])
        assert len(set(history.problem.encoding.keys(X))) == count
        found.append(float(f(X).min()))
        apart = apart or float(np.median(pdist(X[:300])))
    return found, seconds, apart


def report(name: str, count: int, seeds: int, refined: bool) -> None:
    runs = [best_of(name, count, s, refined) for s in range(seeds)]
    best, seconds = np.array([r[0] for r in runs]), np.array([r[1] for r in runs])
    difference = best[:, 0] - best[:, 1]
    around = 1.96 * difference.std(ddof=1) / np.sqrt(seeds)
    cpu = 1e3 * np.median(seconds, axis=0) / count
    print(
        f"{name:11s} {count:5d} at once: sampler {best[:, 0].mean():8.4f}, random kappa {best[:, 1].mean():8.4f}, "
        f"difference {difference.mean():+.4f} +- {around:.4f}, won {np.mean(difference < 0):.2f}, "
        f"CPU ms {cpu[0]:.2f} and {cpu[1]:.2f}, median distance {np.mean([r[2] for r in runs]):.3f}",
        flush=True,
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--count", type=int, default=1000)
    options.add_argument("--names", default=",".join(SHAPES))
    options.add_argument("--refined", action="store_true")
    asked = options.parse_args()
    for function in asked.names.split(","):
        report(function, asked.count, asked.seeds, asked.refined)
