"""Hypervolume of searches with two and three metrics, ours and Optuna's, over the same functions and seeds.

    python benchmarks/several_objectives.py auto nsga2 --workers 1 --out ours.jsonl
    PYTHONPATH=src VENV/bin/python benchmarks/several_objectives.py optuna-tpe optuna-nsga2 --out peers.jsonl
    python benchmarks/several_objectives.py --compare ours.jsonl peers.jsonl

VENV has Optuna. ZDT1 to 3 and DTLZ2 (2 and 3 objectives) over 6 numbers, and a network's error against its size over
mixed parameters. With W workers, results arrive when W - 1 others are running. Every line of a file is a run: dominated
hypervolume after 30, 50 and 100 evaluations, and CPU milliseconds per suggestion. `--compare` prints means, and 95 %
bootstrap intervals of the first sampler's paired difference to each other one (above 0: ahead).

Long searches, on functions with many local fronts as well (ZDT4, DTLZ1, DTLZ7):

    python benchmarks/several_objectives.py auto nsga2 --workers 64 --after 1000 2000 5000 --tasks LONG --out ours.jsonl
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hypersonde.models.hypervolume import hypervolume

Config = Mapping[str, Any]
Losses = tuple[float, ...]
UNIT: dict[str, Any] = {f"x{i}": (0.0, 1.0) for i in range(6)}
TEN: dict[str, Any] = {f"x{i}": (0.0, 1.0) for i in range(10)}
NETWORK: dict[str, Any] = {
    "layers": (1, 8),
    "units": (8, 1024, "log"),
    "lr": (1e-5, 1e-1, "log"),
    "kind": ["a", "b", "c"],
    "dropout": (0.0, 0.5),
}


def zdt(k: int) -> Callable[[Config], Losses]:
    def losses(config: Config) -> Losses:
        x = np.array(list(config.values()))
        f, g = x[0], 1.0 + 9.0 * x[1:].mean()
        h = {1: 1 - np.sqrt(f / g), 2: 1 - (f / g) ** 2, 3: 1 - np.sqrt(f / g) - f / g * np.sin(10 * np.pi * f)}[k]
        return float(f), float(g * h)

    return losses


def dtlz2(m: int) -> Callable[[Config], Losses]:
    def losses(config: Config) -> Losses:
        x = np.array([config[name] for name in UNIT])
        radius = 1.0 + float(np.sum((x[m - 1 :] - 0.5) ** 2))
        angles = 0.5 * np.pi * x[: m - 1]
        shadow = [radius * float(np.prod(np.cos(angles[:i]))) for i in range(m)]
        return tuple(s * float(np.sin(angles[i])) if i < m - 1 else s for i, s in enumerate(shadow))

    return losses


def zdt4(config: Config) -> Losses:
    """ZDT4: 21 to the ninth local fronts (Zitzler, Deb and Thiele 2000)."""
    x = np.array([config[name] for name in TEN])
    z = 10.0 * x[1:] - 5.0
    g = 1.0 + 10.0 * z.size + float(np.sum(z**2 - 10.0 * np.cos(4.0 * np.pi * z)))
    return float(x[0]), g * (1.0 - float(np.sqrt(x[0] / g)))


def dtlz1(config: Config) -> Losses:
    """DTLZ1 with three objectives over 7 numbers: 11 to the fifth local fronts (Deb and others 2002)."""
    x = np.array([config[name] for name in list(TEN)[:7]])
    z = x[2:] - 0.5
    g = 100.0 * (z.size + float(np.sum(z**2 - np.cos(20.0 * np.pi * z))))
    scale = 0.5 * (1.0 + g)
    return float(scale * x[0] * x[1]), float(scale * x[0] * (1.0 - x[1])), float(scale * (1.0 - x[0]))


def dtlz7(config: Config) -> Losses:
    """DTLZ7 with three objectives over 10 numbers: a front in four pieces."""
    x = np.array([config[name] for name in TEN])
    g = 1.0 + 9.0 * float(np.mean(x[2:]))
    h = 3.0 - sum(f / (1.0 + g) * (1.0 + np.sin(3.0 * np.pi * f)) for f in x[:2])
    return float(x[0]), float(x[1]), float((1.0 + g) * h)


def network(config: Config) -> Losses:
    size = config["layers"] * config["units"]
    lag = 0.0375 * (np.log10(config["lr"]) + 2.5) ** 2 + 0.1 * abs(config["dropout"] - 0.2)
    error = 0.05 + 0.6 / np.sqrt(size) + lag + {"a": 0.0, "b": 0.05, "c": 0.15}[config["kind"]]
    return float(error), float(np.log10(size) + (0.3 if config["kind"] == "a" else 0.0))


TASKS: dict[str, tuple[dict[str, Any], Callable[[Config], Losses], Losses]] = {
    "zdt1": (UNIT, zdt(1), (1.1, 1.1)),
    "zdt2": (UNIT, zdt(2), (1.1, 1.1)),
    "zdt3": (UNIT, zdt(3), (1.1, 1.1)),
    "dtlz2-2": (UNIT, dtlz2(2), (1.1, 1.1)),
    "dtlz2-3": (UNIT, dtlz2(3), (1.1, 1.1, 1.1)),
    "network": (NETWORK, network, (1.0, 4.5)),
    "zdt1-30": ({f"x{i}": (0.0, 1.0) for i in range(30)}, zdt(1), (1.1, 1.1)),
    "zdt4": (TEN, zdt4, (1.1, 20.0)),
    "dtlz1-3": ({name: TEN[name] for name in list(TEN)[:7]}, dtlz1, (10.0, 10.0, 10.0)),
    "dtlz7-3": (TEN, dtlz7, (1.1, 1.1, 7.0)),
}
LONG = ["zdt3", "zdt1-30", "zdt4", "dtlz2-3", "dtlz1-3", "dtlz7-3", "network"]


class Ours:
    """A study of ours in memory."""

    def __init__(self, sampler: str, space: dict[str, Any], m: int, seed: int) -> None:
        from hypersonde import samplers
        from hypersonde.problem import HpProblem
        from hypersonde.study import Study
        from hypersonde.trials import Metric

        made = {n: (*s[:2], "log-uniform") if len(s) == 3 and s[2] == "log" else s for n, s in space.items()}
        metrics = [Metric(f"loss{j}", "minimize") for j in range(m)]
        self._names = [metric.name for metric in metrics]
        self._study = Study(HpProblem(made), metrics=metrics, sampler=getattr(samplers, sampler)(), seed=seed)

    def ask(self) -> tuple[Any, Config]:
        [trial] = self._study.ask()
        return trial, trial.config

    def tell(self, trial: Any, losses: Losses) -> None:
        self._study.tell(trial, dict(zip(self._names, losses, strict=True)))


class Optuna:
    """A study of Optuna's in memory."""

    def __init__(self, sampler: str, space: dict[str, Any], m: int, seed: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        made = getattr(optuna.samplers, sampler)(seed=seed)
        self._study = optuna.create_study(directions=["minimize"] * m, sampler=made)
        self._space = space

    def ask(self) -> tuple[Any, Config]:
        trial = self._study.ask()
        return trial, {name: self._suggest(trial, name, values) for name, values in self._space.items()}

    def tell(self, trial: Any, losses: Losses) -> None:
        self._study.tell(trial, list(losses))

    @staticmethod
    def _suggest(trial: Any, name: str, values: Any) -> Any:
        if isinstance(values, list):
            return trial.suggest_categorical(name, values)
        suggest = trial.suggest_int if isinstance(values[0], int) else trial.suggest_float
        return suggest(name, values[0], values[1], log=len(values) == 3)


SAMPLERS: dict[str, Callable[..., Any]] = {
    "auto": lambda *a: Ours("Auto", *a),
    "nsga2": lambda *a: Ours("NSGA2", *a),
    "random": lambda *a: Ours("Random", *a),
    "optuna-tpe": lambda *a: Optuna("TPESampler", *a),
    "optuna-nsga2": lambda *a: Optuna("NSGAIISampler", *a),
    "optuna-gp": lambda *a: Optuna("GPSampler", *a),
}


def run(sampler: str, task: str, seed: int, workers: int, after: Sequence[int]) -> dict[str, Any]:
    space, losses, reference = TASKS[task]
    study = SAMPLERS[sampler](space, len(reference), seed)
    running: list[tuple[Any, Config]] = []
    found: list[Losses] = []
    spent = 0.0
    while len(found) < max(after):
        began = time.process_time()
        while len(running) < workers:
            running.append(study.ask())
        trial, config = running.pop(0)
        found.append(losses(config))
        study.tell(trial, found[-1])
        spent += time.process_time() - began
    covered = [hypervolume(np.array(found[:n]), np.array(reference)) for n in after]
    cost = 1000.0 * spent / len(found)
    key = {"sampler": sampler, "task": task, "seed": seed, "workers": workers}
    return {**key, "after": list(after), "hypervolume": covered, "cpu_ms": cost}


def compare(files: list[Path]) -> None:
    runs = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    rng = np.random.default_rng(0)
    first, *others = dict.fromkeys(r["sampler"] for r in runs)
    for workers in sorted({r["workers"] for r in runs}):
        for task in TASKS:
            here = {(r["sampler"], r["seed"]): r for r in runs if r["task"] == task and r["workers"] == workers}
            for sampler in (first, *others):
                seeds = sorted(seed for name, seed in here if name == sampler and (first, seed) in here)
                if not seeds:
                    continue
                own = np.array([here[sampler, seed]["hypervolume"] for seed in seeds])
                lead = np.array([here[first, seed]["hypervolume"] for seed in seeds]) - own
                drawn = lead[rng.integers(len(seeds), size=(10_000, len(seeds)))].mean(axis=1)[:, -1]
                low, high = np.quantile(drawn, [0.025, 0.975])
                cost = np.mean([here[sampler, seed]["cpu_ms"] for seed in seeds])
                means = " ".join(f"{v:7.4f}" for v in own.mean(axis=0))
                interval = "" if sampler == first else f"  {first} ahead by [{low:+.4f}, {high:+.4f}] at the end"
                print(f"{workers} workers  {task:8} {sampler:13} {means}  {cost:6.1f} ms{interval}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samplers", nargs="*", choices=[*SAMPLERS, []])
    parser.add_argument("--tasks", nargs="*", default=list(TASKS)[:6], help="LONG for those of long searches")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--after", type=int, nargs="+", default=[30, 50, 100], help="evaluations; the last number ends")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--compare", type=Path, nargs="+")
    options = parser.parse_args()
    if options.compare:
        compare(options.compare)
    for sampler in options.samplers:
        for task in LONG if options.tasks == ["LONG"] else options.tasks:
            for seed in range(options.seeds):
                line = json.dumps(run(sampler, task, seed, options.workers, options.after))
                print(line, flush=True)
                if options.out is not None:
                    with options.out.open("a") as file:
                        file.write(line + "\n")


if __name__ == "__main__":
    main()
