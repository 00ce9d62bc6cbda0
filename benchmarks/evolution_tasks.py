"""Functions to minimise and an asynchronous search on a virtual clock; needs numpy only, so that peers can use it."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Hashable

import numpy as np

D = 10


def sphere(x: np.ndarray) -> float:
    return float(np.sum(x**2))


def rosenbrock(x: np.ndarray) -> float:
    return float(np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2))


def rastrigin(x: np.ndarray) -> float:
    return float(np.sum(x**2 - 10.0 * np.cos(2.0 * np.pi * x) + 10.0))


def griewank(x: np.ndarray) -> float:
    return float(np.sum(x**2) / 4000.0 - np.prod(np.cos(x / np.sqrt(np.arange(1, len(x) + 1)))) + 1.0)


def schwefel(x: np.ndarray) -> float:
    return float(418.982887272434 * len(x) - np.sum(x * np.sin(np.sqrt(np.abs(x)))))


FUNCTIONS: dict[str, tuple[Callable[[np.ndarray], float], float, float]] = {
    "sphere": (sphere, -5.12, 5.12),
    "rosenbrock": (rosenbrock, -2.048, 2.048),
    "rastrigin": (rastrigin, -5.12, 5.12),
    "griewank": (griewank, -600.0, 600.0),
    "schwefel": (schwefel, -500.0, 500.0),
}


def search(
    ask: Callable[[], tuple[Hashable, np.ndarray]],
    tell: Callable[[Hashable, float], None],
    loss: Callable[[np.ndarray], float],
    evaluations: int,
    workers: int,
    seed: int,
) -> float:
    """The lowest loss of so many evaluations whose durations are log-normal (median 1, sigma 0.3)."""
    clock = np.random.default_rng([seed, 77])
    running: list[tuple[float, int, Hashable, float]] = []
    started, now, best = 0, 0.0, np.inf
    for _ in range(evaluations):
        while started < evaluations and len(running) < workers:
            key, x = ask()
            heapq.heappush(running, (now + clock.lognormal(0.0, 0.3), started, key, loss(x)))
            started += 1
        now, _, key, value = heapq.heappop(running)
        best = min(best, value)
        tell(key, value)
    return best


def least(turn: Callable[[], None], repeats: int, blocks: int = 20) -> float:
    """CPU milliseconds per turn in the fastest of some blocks: what it costs when nobody else uses the core."""
    found = []
    for _ in range(blocks):
        begun = time.process_time()
        for _ in range(max(1, repeats // blocks)):
            turn()
        found.append(1e3 * (time.process_time() - begun) / max(1, repeats // blocks))
    return min(found)
