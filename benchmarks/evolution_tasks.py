"""Functions to minimise and an asynchronous search on a virtual clock; needs numpy only, so that peers can use it.

A space is a list of dicts as in the side-by-side bench: ``name``, ``type`` (``float``, ``int``, ``ord``, ``cat``),
``low`` and ``high`` or ``choices``, and ``log``.
"""

from __future__ import annotations

import heapq
import sys
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

D = 10
Config = Mapping[str, Any]


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
MIXED = ("mixint_f01_d05", "mixint_f08_d05", "mixint_f03_d10", "mixint_f21_d10")
"""Functions of COCO's bbob-mixint: half of the parameters are integers, of 2 to 16 values."""
TABLES = (
    "hpobench_vehicle",
    "hpobench_phoneme",
    "hpolib_protein_structure",
    "hpolib_naval_propulsion",
    "nasbench201_cifar100",
    "nasbench201_imagenet",
)
TASKS = (*FUNCTIONS, *MIXED, *TABLES)


@dataclass(frozen=True)
class Task:
    """What is searched.

    Attributes
    ----------
    name, space : see the module.
    observe : the loss of a configuration, with the noise of this seed.
    true : its loss without noise, by which a search is judged.
    """

    name: str
    space: Sequence[Mapping[str, Any]]
    observe: Callable[[Config, int], float]
    true: Callable[[Config], float]

    @property
    def numeric(self) -> bool:
        return all(p["type"] != "cat" for p in self.space)

    @property
    def continuous(self) -> bool:
        return all(p["type"] == "float" for p in self.space)


@cache
def task(name: str, bench: str | None = None) -> Task:
    """A function of ten numbers, or a task of the side-by-side bench in the folder `bench`."""
    if name in FUNCTIONS:
        loss, low, high = FUNCTIONS[name]
        space = [{"name": f"x{i}", "type": "float", "low": low, "high": high} for i in range(D)]

        def true(config: Config) -> float:
            return loss(np.array(list(config.values())))

        return Task(name, space, lambda config, seed: true(config), true)
    if bench is None:
        raise SystemExit(f"{name} is a task of the side-by-side bench: say where it is, with --bench FOLDER.")
    if str(Path(bench)) not in sys.path:
        sys.path.insert(0, str(Path(bench)))
    from hpbench import tasks  # numpy, and for the functions of COCO the package coco-experiment

    theirs = tasks.get(name)
    return Task(
        name,
        theirs.space.params,
        lambda config, seed: float(theirs.observe(theirs.space.canonical(config), seed)),
        lambda config: float(theirs.true(theirs.space.canonical(config))),
    )


Ask = Callable[[], "tuple[Hashable, Config] | None"]
Tell = Callable[[Hashable, float], None]


def search(ask: Ask, tell: Tell, what: Task, budgets: Sequence[int], workers: int, seed: int) -> dict[int, float]:
    """The true loss of what looked best after so many evaluations, for each of the budgets (ascending).

    Durations are log-normal (median 1, sigma 0.3). Nothing more to ask for ends a search.
    """
    clock = np.random.default_rng([seed, 77])
    running: list[tuple[float, int, Hashable, Config]] = []
    started, now, best, found, open_ = 0, 0.0, np.inf, np.nan, True
    after: dict[int, float] = {}
    for done in range(1, budgets[-1] + 1):
        while open_ and started < budgets[-1] and len(running) < workers:
            asked = ask()
            open_ = asked is not None
            if asked is not None:
                heapq.heappush(running, (now + clock.lognormal(0.0, 0.3), started, *asked))
                started += 1
        if not running:
            break
        now, number, key, config = heapq.heappop(running)
        value = what.observe(config, 1_000_003 * seed + number)
        if value < best:
            best, found = value, what.true(config)
        tell(key, value)
        if done in budgets:
            after[done] = found
    return {n: after.get(n, found) for n in budgets}


def least(turn: Callable[[], None], repeats: int, blocks: int = 20) -> float:
    """CPU milliseconds per turn in the fastest of some blocks: what it costs when nobody else uses the core."""
    found = []
    for _ in range(blocks):
        begun = time.process_time()
        for _ in range(max(1, repeats // blocks)):
            turn()
        found.append(1e3 * (time.process_time() - begun) / max(1, repeats // blocks))
    return min(found)
