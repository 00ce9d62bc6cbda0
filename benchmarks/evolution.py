"""Evolution beside Propulate: how good after so many evaluations, and what one breeding costs.

    python benchmarks/evolution.py quality --evaluations 1000 --workers 1 64 --seeds 10 --peer PYTHON
    python benchmarks/evolution.py cost --sizes 1000 10000 100000 --peer PYTHON

PYTHON is the interpreter of an environment with propulate 1.2.2; without it only ours run. Ten dimensions, a virtual
clock with durations that differ; ``*`` marks cells in which the median is better than Propulate's, ``!`` those in which
it is significantly worse (one-sided Mann-Whitney test, p < 0.05). CPU is that of the process, in the fastest of 20
blocks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from evolution_tasks import FUNCTIONS, D, least, search
from scipy.stats import mannwhitneyu

from hypersonde import HpProblem
from hypersonde.samplers import (
    CMAES,
    GA,
    NSGA2,
    PSO,
    DifferentialEvolution,
    Islands,
    NelderMead,
    Random,
    RegularizedEvolution,
    Sampler,
)
from hypersonde.trials import Finished, History, Metric, Started, State

OURS: dict[str, Callable[[int], Sampler]] = {
    "random": lambda budget: Random(),
    "ga": lambda budget: GA(),
    "differential-evolution": lambda budget: DifferentialEvolution(),
    "differential-evolution, budget": lambda budget: DifferentialEvolution(budget=budget),
    "pso": lambda budget: PSO(),
    "nelder-mead": lambda budget: NelderMead(),
    "regularized-evolution": lambda budget: RegularizedEvolution(),
    "nsga2": lambda budget: NSGA2(),
    "cmaes": lambda budget: CMAES(),
    "islands": lambda budget: Islands(4),
}


class Ours:
    """One sampler on one history."""

    def __init__(self, sampler: Sampler, low: float, high: float, seed: int) -> None:
        self.sampler, self.seed = sampler, seed
        self.history = History(HpProblem({f"x{i}": (low, high) for i in range(D)}), [Metric("loss", "minimize")])

    def ask(self) -> tuple[int, np.ndarray]:
        number = len(self.history)
        (chosen,) = self.sampler.suggest(self.history, 1, np.random.default_rng([self.seed, number]))
        self.history.extend([Started(number, 0.0, chosen.config, self.sampler.name, chosen.why)])
        return number, np.array(list(chosen.config.values()))

    def tell(self, number: int, value: float) -> None:
        self.history.extend([Finished(number, 0.0, State.COMPLETE, (value,))])


def quality(evaluations: int, workers: list[int], seeds: int, who: list[str]) -> list[dict]:
    rows = []
    for label in who:
        for w in workers:
            for name, (loss, low, high) in FUNCTIONS.items():
                for seed in range(seeds):
                    ours, begun = Ours(OURS[label](evaluations), low, high, seed), time.process_time()
                    best = search(ours.ask, ours.tell, loss, evaluations, w, seed)
                    cpu = 1e3 * (time.process_time() - begun) / evaluations
                    rows.append(
                        {"who": label, "function": name, "workers": w, "seed": seed, "best": best, "cpu_ms": cpu}
                    )
    return rows


def cost(sizes: list[int], who: list[str], repeats: int = 2000) -> list[dict]:
    """CPU of one suggestion and of the events that tell of it and its result, after so many results.

    ``breed_ms`` is the suggestion alone, without the history's part.
    """
    rows = []
    for label in who:
        for n in sizes:
            ours, rng = Ours(OURS[label](2 * n), -5.0, 5.0, 0), np.random.default_rng(0)
            configs = ours.history.problem.encoding.decode(rng.random((n, D)))
            ours.history.extend([Started(i, 0.0, config) for i, config in enumerate(configs)])
            for i in range(n):
                ours.tell(i, float(rng.random()))
            ours.sampler.suggest(ours.history, 1, rng)

            def turn(ours: Ours = ours, rng: np.random.Generator = rng) -> None:
                number, _ = ours.ask()
                ours.tell(number, float(rng.random()))

            breed = least(lambda ours=ours, rng=rng: ours.sampler.suggest(ours.history, 1, rng), repeats)
            rows.append({"who": label, "n": n, "cpu_ms": least(turn, repeats), "breed_ms": breed})
    return rows


def peer(python: str | None, arguments: list[str]) -> list[dict]:
    if python is None:
        return []
    script = Path(__file__).with_name("evolution_propulate.py")
    done = subprocess.run([python, str(script), *arguments], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def show_quality(rows: list[dict]) -> None:
    cells: dict[tuple[str, int, str], list[float]] = defaultdict(list)
    for r in rows:
        cells[r["who"], r["workers"], r["function"]].append(r["best"])
    for w in sorted({r["workers"] for r in rows}):
        print(f"\n{w} workers, median of the best loss".ljust(36), *(f"{name:>13}" for name in FUNCTIONS))
        for who in dict.fromkeys(r["who"] for r in rows):
            found = [cells[who, w, name] for name in FUNCTIONS]
            marks = [_mark(own, cells.get(("propulate", w, name))) for own, name in zip(found, FUNCTIONS, strict=True)]
            text = (f"{np.median(own):12.4g}{mark}" for own, mark in zip(found, marks, strict=True))
            print(f"{who:35}", *text)


def _mark(own: list[float], theirs: list[float] | None) -> str:
    if not theirs or own == theirs:
        return " "
    if np.median(own) < np.median(theirs):
        return "*"
    return "!" if mannwhitneyu(own, theirs, alternative="greater").pvalue < 0.05 else " "


def show_cost(rows: list[dict]) -> None:
    for who in dict.fromkeys(r["who"] for r in rows):
        figures = (
            f"n={r['n']}: {r['cpu_ms']:.3f} ms" + (f" (breeding {r['breed_ms']:.3f})" if "breed_ms" in r else "")
            for r in rows
            if r["who"] == who
        )
        print(f"{who:35}", "   ".join(figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["quality", "cost"])
    parser.add_argument("--evaluations", type=int, default=1000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--who", nargs="+", default=list(OURS))
    parser.add_argument("--peer", help="python of an environment with propulate")
    parser.add_argument("--json", type=Path, help="write all figures there, too")
    a = parser.parse_args()
    if a.what == "quality":
        settings = ["--evaluations", a.evaluations, "--seeds", a.seeds, "--workers", *a.workers]
        rows = peer(a.peer, ["quality", *map(str, settings)]) + quality(a.evaluations, a.workers, a.seeds, a.who)
        show_quality(rows)
    else:
        rows = peer(a.peer, ["cost", "--sizes", *map(str, a.sizes)]) + cost(a.sizes, a.who)
        show_cost(rows)
    if a.json:
        a.json.write_text(json.dumps(rows))
