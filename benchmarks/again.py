"""What it is worth to try again what looks best, where results are noisy: differential evolution with and without it.

    PYTHON again.py [--seeds 40] [--budget 1000] [--workers 16]

A bowl over six integers (10 values each); its noise is normal. For each noise, the mean true loss (with the standard
error of the paired difference) of what looks best by its single value and by the mean of its values plus one standard
error, and how many trials were tried again.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from evolution_runs import Ours
from evolution_tasks import Task, search

NOISES = (0.0, 1e-6, 0.01, 0.03, 0.08, 0.2)


def bowl(config: Mapping[str, Any]) -> float:
    return sum((value / 9 - 0.4) ** 2 for value in config.values())


def task(noise: float) -> Task:
    def observe(config: Mapping[str, Any], seed: int) -> float:
        return bowl(config) + noise * float(np.random.default_rng(seed).standard_normal())

    space = [{"name": f"x{i}", "type": "int", "low": 0, "high": 9} for i in range(6)]
    return Task(f"noise {noise:g}", space, observe, bowl)


class Searched(Ours):
    """Differential evolution over a number of trials, with or without `again`."""

    def __init__(self, again: bool, budget: int, space: Sequence[Mapping[str, Any]], seed: int) -> None:
        from hypersonde.samplers import DifferentialEvolution

        super().__init__("differential-evolution, budget", budget, space, seed)
        self.sampler = DifferentialEvolution(budget=budget, again=again)

    def by_mean(self, noise: float) -> float:
        """The true loss of what is best by the mean of its values plus one standard error."""
        values: dict[bytes, list[float]] = defaultdict(list)
        config = {}
        for trial in self.history:
            if trial.values:
                key = self.history.X[trial.number].tobytes()
                values[key].append(trial.values[0])
                config[key] = trial.config
        return bowl(config[min(values, key=lambda key: np.mean(values[key]) + noise / len(values[key]) ** 0.5)])

    def repeats(self) -> int:
        return sum(trial.why.get("proposer") == "again" for trial in self.history)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--budget", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=16)
    a = parser.parse_args()
    print("| noise | single value: never, again | difference | by means: never, again | difference | tried again |")
    print("|---|---|---|---|---|---|")
    for noise in NOISES:
        found = np.zeros((a.seeds, 2, 2))
        repeats = []
        what = task(noise)
        for seed in range(a.seeds):
            for again in (False, True):
                one = Searched(again, a.budget, what.space, seed)
                single = search(one.ask, one.tell, what, [a.budget], a.workers, seed)[a.budget]
                found[seed, int(again)] = single, one.by_mean(noise)
                repeats += [one.repeats()] * again
        mean, off = found.mean(axis=0), found[:, 1] - found[:, 0]
        error = off.std(axis=0, ddof=1) / a.seeds**0.5
        cells = [f"{mean[0, k]:.4f}, {mean[1, k]:.4f} | {off[:, k].mean():+.4f} +-{error[k]:.4f}" for k in (0, 1)]
        print(f"| {noise:g} | {' | '.join(cells)} | {np.mean(repeats):.0f} |", flush=True)


if __name__ == "__main__":
    main()
