"""What learning from another study is worth: regret with and without, on alike, unlike and misleading studies.

    python benchmarks/warm_start.py [--bench FOLDER] [--seeds 10] [--pairs NAME ...]

Functions are built in; the tables need the folder of the side-by-side bench (see benchmarks/quality). The study that
is learned from has 100 evaluations of the default sampler with a seed of its own. Prints JSON lines: regret (0 the
best, 1 the median of random search) after 10, 20 and 50 evaluations, means over seeds, and a 95 % bootstrap interval
of the paired difference (below 0: learning helped).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent / "quality"))

from hypersonde.problem import HpProblem
from hypersonde.samplers import Auto
from hypersonde.samplers.bayes.precedent import Precedent
from hypersonde.study import Study
from hypersonde.trials import History, Metric

AFTER = (10, 20, 50)
Config = Mapping[str, Any]


@dataclass(frozen=True)
class Task:
    """What is measured of a configuration, ``noise`` and all, and what it truly is worth (lower is better)."""

    name: str
    problem: Callable[[], HpProblem]
    observe: Callable[[Config, int], float]
    true: Callable[[Config], float]
    best: float
    median: float

    def regret(self, config: Config) -> float:
        return float(np.clip((self.true(config) - self.best) / (self.median - self.best), 0.0, 1.0))


# -- functions -----------------------------------------------------------------------------------------


def _space(high: float = 1.0, kinds: bool = True) -> HpProblem:
    dimensions: dict[str, Any] = {f"x{i}": (0.0, high) for i in range(4)}
    return HpProblem({**dimensions, **({"kind": ["a", "b", "c"]} if kinds else {})})


def function(name: str, at: tuple[float, ...], kind: str, sign: float = 1.0, high: float = 1.0) -> Task:
    """A rippled bowl around ``at`` whose category shifts it; 4 numbers and a category."""
    kinds = kind != ""

    def true(config: Config) -> float:
        x = np.array([config[f"x{i}"] for i in range(4)])
        bowl = float(np.sum(np.array([1.0, 2.0, 1.0, 0.5]) * (x - at) ** 2))
        ripple = 0.05 * float(np.sum(1.0 - np.cos(12.0 * (x - at))))
        return sign * (bowl + ripple + (0.3 if kinds and config["kind"] != kind else 0.0))

    problem = _space(high, kinds)
    X = problem.encoding.sample(20_000, np.random.default_rng(0))
    values = np.array([true(c) for c in problem.encoding.decode(X)])
    best = 0.0 if sign > 0 else float(values.min())
    return Task(name, lambda: _space(high, kinds), lambda c, seed: true(c), true, best, float(np.median(values)))


CENTRE = (0.3, 0.7, 0.6, 0.2)
BUILT_IN: dict[str, tuple[Task, Task]] = {
    "same": (function("f", CENTRE, "b"), function("f", CENTRE, "b")),
    "shifted": (function("f", CENTRE, "b"), function("g", (0.4, 0.65, 0.5, 0.3), "b")),
    "other-space": (function("f", CENTRE, "", high=0.8), function("g", (0.35, 0.65, 0.55, 0.25), "b")),
    "unrelated": (function("f", CENTRE, "b"), function("g", (0.9, 0.1, 0.1, 0.8), "c")),
    "opposite": (function("f", CENTRE, "b"), function("-f", CENTRE, "b", sign=-1.0)),
}
TABLES = {
    "vehicle-phoneme": ("hpobench_vehicle", "hpobench_phoneme"),
    "phoneme-vehicle": ("hpobench_phoneme", "hpobench_vehicle"),
    "cifar100-imagenet": ("nasbench201_cifar100", "nasbench201_imagenet"),
    "imagenet-cifar100": ("nasbench201_imagenet", "nasbench201_cifar100"),
    "protein-naval": ("hpolib_protein_structure", "hpolib_naval_propulsion"),
}


def table(name: str, bench: Path) -> Task:
    """A table of the side-by-side bench."""
    sys.path.insert(0, str(bench))
    sys.path.insert(0, str(bench / "adapters"))
    from hpbench.tasks import get
    from hypersonde_ import problem

    task = get(name)
    return Task(
        name,
        lambda: problem(task.space),
        lambda config, seed: task.evaluate(dict(config), seed)[0],
        lambda config: task.true(task.space.canonical(dict(config))),
        task.ref["best"],
        task.ref["median"],
    )


# -- runs ----------------------------------------------------------------------------------------------


def run(task: Task, seed: int, budget: int, learned: tuple[Precedent, ...], workers: int) -> tuple[History, float]:
    """The history of a search, and CPU milliseconds per suggestion."""
    study = Study(task.problem(), metrics=Metric("loss", "minimize"), sampler=Auto(precedents=learned), seed=seed)
    spent, running = 0.0, []
    for _ in range(budget):
        began = time.process_time()
        while len(running) < workers:
            running += study.ask()
        spent += time.process_time() - began
        trial = running.pop(0)
        study.tell(trial, task.observe(trial.config, seed * 10_007 + trial.number))
    return study.history, 1000.0 * spent / budget


def regrets(task: Task, history: History) -> list[float]:
    """Regret of the incumbent, the best as observed, after 10, 20 and 50 evaluations."""
    done = [history[i] for i in history.finish_order.tolist()]
    return [task.regret(min(done[:n], key=lambda t: t.value).config) for n in AFTER]


def compare(name: str, source: Task, target: Task, seeds: int, workers: int) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    rows, cost = [], []
    for seed in range(seeds):
        history, _ = run(source, 1000 + seed, 100, (), 1)
        learned = (Precedent.of(history, source.name),)
        plain, without = run(target, seed, max(AFTER), (), workers)
        warm, with_ = run(target, seed, max(AFTER), learned, workers)
        rows.append([regrets(target, plain), regrets(target, warm)])
        cost.append([without, with_])
    r = np.array(rows)
    difference = r[:, 1] - r[:, 0]
    resampled = difference[rng.integers(seeds, size=(10_000, seeds))].mean(axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    return {
        "pair": name,
        "workers": workers,
        "without": r[:, 0].mean(axis=0).round(4).tolist(),
        "with": r[:, 1].mean(axis=0).round(4).tolist(),
        "difference": [[round(a, 4), round(b, 4)] for a, b in zip(low.tolist(), high.tolist(), strict=True)],
        "cpu_ms": np.mean(cost, axis=0).round(2).tolist(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bench", type=Path, default=None)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--pairs", nargs="*", default=None)
    options = parser.parse_args()
    pairs = dict(BUILT_IN)
    if options.bench is not None:
        pairs |= {n: (table(a, options.bench), table(b, options.bench)) for n, (a, b) in TABLES.items()}
    for name in options.pairs or pairs:
        print(json.dumps(compare(name, *pairs[name], options.seeds, options.workers)), flush=True)


if __name__ == "__main__":
    main()
