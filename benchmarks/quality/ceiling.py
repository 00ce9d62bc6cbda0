"""How many cells can a search win at all, when the tables are noisy and the best single value decides?

    python benchmarks/quality/ceiling.py BENCH ours.jsonl peers.jsonl [...] [--workers 1] [--suite core8]

A cell is a task and a seed; a win has the lower regret after 100 evaluations, a tie counts half. For the tables:

- `redrawn`: the share that our runs win when the noise of all evaluations of both sides is drawn anew (the same
  configurations, 1,000 times): what is left when luck is averaged out.
- `oracle k`: what a search wins, against the runs of the peer as they are, that knows the true mean of every
  configuration, tries the k best once each and is scored like everybody: by the true mean of its best single value.
  On tasks without noise it finds the optimum, which wins unless the peer has it, too.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

DRAWS = 1_000
KNOWN = (1, 3, 10, 30, 100)
EQUAL = 1e-8


class Table:
    """A noisy table: its configurations as rows of repetitions, with what they are worth."""

    def __init__(self, task: Any) -> None:
        rows = task.table.reshape(-1, task.table.shape[-1]).astype(float)
        self.rows = rows[~np.isnan(rows).all(axis=1)]
        self.low, self.high = task.ref["best"], task.ref["median"]
        self.true = np.nanmean(self.rows, axis=1)
        self.order = np.argsort(self.true)

    def regret(self, true: np.ndarray) -> np.ndarray:
        return np.clip((true - self.low) / (self.high - self.low), 0.0, 1.0)

    def tried(self, true: Sequence[float]) -> np.ndarray:
        """The rows that have these true means: the stored runs name no configurations."""
        sorted_means = self.true[self.order]
        right = np.clip(np.searchsorted(sorted_means, true), 1, len(sorted_means) - 1)
        nearer = np.abs(sorted_means[right - 1] - true) < np.abs(sorted_means[right] - true)
        return self.order[right - nearer]

    def scored(self, rows: np.ndarray, dice: np.random.Generator) -> np.ndarray:
        """(DRAWS,) regrets of the best single value when the noise of every evaluation is drawn."""
        values = self.rows[rows]
        counts = (~np.isnan(values)).sum(axis=1)
        held = np.sort(values, axis=1)
        pick = (dice.random((DRAWS, len(rows))) * counts).astype(int)
        best = np.argmin(held[np.arange(len(rows)), pick], axis=1)
        return self.regret(self.true[rows[best]])


def won(a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
    """1 where a is lower, a half where both are equal."""
    return np.where(a < np.asarray(b) - EQUAL, 1.0, np.where(a <= np.asarray(b) + EQUAL, 0.5, 0.0))


def stored_regret(summary: Any, run: dict[str, Any], low: float, high: float) -> float:
    return float(np.clip((summary.incumbent(run)[99] - low) / max(high - low, 1e-12), 0.0, 1.0))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("bench")
    options.add_argument("files", nargs="+")
    options.add_argument("--workers", type=int, default=1)
    options.add_argument("--suite", default="core8")
    options.add_argument("--seeds", type=int, default=5)
    asked = options.parse_args()
    sys.path.insert(0, asked.bench)
    import summary
    from hpbench import tasks

    runs = summary.load(asked.files)
    total: dict[str, list[float]] = {}
    unwinnable = 0
    for name in tasks.expand(asked.suite):
        task = tasks.get(name)
        low = task.ref["best"]
        if not task.ref["known"]:
            low = min([low, *(float(np.min(r["obs"])) for k, r in runs.items() if k[1] == name)])
        cells: dict[str, list[float]] = {}
        table = Table(task) if task.noisy else None
        dice = np.random.default_rng(0)
        for seed in range(asked.seeds):
            pair = [runs.get((p, name, asked.workers, 100, seed)) for p in ("hypersonde", "optuna-tpe")]
            if None in pair:
                continue
            ours, theirs = (stored_regret(summary, r, low, task.ref["median"]) for r in pair)
            unwinnable += theirs <= EQUAL
            cells.setdefault("stored", []).append(float(won(ours, theirs)))
            if table is not None:
                mine, other = (table.scored(table.tried(r["true"][:100]), dice) for r in pair)
                cells.setdefault("redrawn", []).append(float(won(mine, other).mean()))
            for k in KNOWN:
                score = np.zeros(1) if table is None else table.scored(table.order[:k], dice)
                cells.setdefault(f"oracle {k}", []).append(float(won(score, theirs).mean()))
        print(f"{name:28s}", ", ".join(f"{what} {np.mean(v):.2f}" for what, v in cells.items()), flush=True)
        for what in ("stored", "redrawn", *(f"oracle {k}" for k in KNOWN)):
            total.setdefault(what, []).extend(cells.get(what, cells.get("stored", [])))
    cells_ = len(total["stored"])
    print(f"{asked.suite}, {asked.workers} workers, {cells_} cells; the peer is at the optimum in {unwinnable}")
    for what, values in total.items():
        note = " (the tasks without noise as stored)" if what == "redrawn" else ""
        print(f"  {what:11s} {np.mean(values):.3f}{note}")


if __name__ == "__main__":
    main()
