"""Searches side by side: one line of JSON for each, appended; what is there already is not run again.

    PYTHON evolution_runs.py --out FILE --who ga cmaes ... --budgets 1000 10000 --workers 1 64 --seeds 10 --bench FOLDER

PYTHON is an interpreter that has the libraries of those asked for: this package, propulate 1.2.2, optuna or nevergrad
(see ``evolution_peers``). ``--quick`` runs Optuna's as ``optuna_quick`` does, and Nevergrad as ``nevergrad_quick``.
``--bench`` is the folder of the side-by-side bench, for its tables and functions of COCO.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from evolution_peers import CONTINUOUS, NUMERIC, OPTUNA, PEERS, of_optuna
from evolution_tasks import TASKS, search, task


class Ours:
    """One of our samplers on a history."""

    def __init__(self, who: str, budget: int, space: Sequence[Mapping[str, Any]], seed: int) -> None:
        from evolution_ours import OURS, history

        self.sampler, self.seed = OURS[who](budget), seed
        self.history = history(space)

    def ask(self) -> tuple[int, Mapping[str, Any]] | None:
        from hypersonde.errors import NothingToSuggest
        from hypersonde.trials import Started

        number = len(self.history)
        try:
            (chosen,) = self.sampler.suggest(self.history, 1, np.random.default_rng([self.seed, number]))
        except NothingToSuggest:
            return None
        self.history.extend([Started(number, 0.0, chosen.config, self.sampler.name, chosen.why)])
        return number, chosen.config

    def tell(self, number: int, value: float) -> None:
        from hypersonde.trials import Finished, State

        self.history.extend([Finished(number, 0.0, State.COMPLETE, (value,))])


def suits(who: str, name: str, bench: str | None) -> bool:
    what = task(name, bench)
    return (who not in NUMERIC or what.numeric) and (who not in CONTINUOUS or what.continuous)


def run(who: str, name: str, workers: int, seed: int, budgets: list[int], bench: str | None) -> dict[str, Any]:
    what, begun = task(name, bench), time.process_time()
    if who in PEERS:
        asked = PEERS[who](what.space, budgets[-1], workers, seed)
    else:
        asked = Ours(who, budgets[-1], what.space, seed)
    found = search(asked.ask, asked.tell, what, budgets, workers, seed)
    cpu = 1e3 * (time.process_time() - begun) / budgets[-1]
    return {"who": who, "task": name, "workers": workers, "seed": seed, "best": found, "cpu_ms": round(cpu, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--who", nargs="+", required=True)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS))
    parser.add_argument("--budgets", type=int, nargs="+", default=[1000])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no run after so many")
    parser.add_argument(
        "--quick", action="store_true", help="Optuna and Nevergrad without what they do again and again"
    )
    parser.add_argument("--bench")
    a = parser.parse_args()
    if a.quick and any(who.startswith("optuna") for who in a.who):
        from optuna_quick import QuickOptuna

        PEERS.update({f"optuna {name}": of_optuna(sampler, QuickOptuna) for name, sampler in OPTUNA.items()})
    if a.quick and "nevergrad" in a.who:
        from nevergrad_quick import hurry

        hurry()
    known = set()
    for line in a.out.read_text().splitlines() if a.out.exists() else []:
        r = json.loads(line)
        known.add((r["who"], r["task"], r["workers"], r["seed"], max(map(int, r["best"]))))
    end = time.monotonic() + 60 * a.minutes
    with open(a.out, "a") as out:
        for seed in range(a.seeds):
            for who, name, workers in ((who, name, w) for who in a.who for name in a.tasks for w in a.workers):
                if (who, name, workers, seed, max(a.budgets)) in known or not suits(who, name, a.bench):
                    continue
                if time.monotonic() > end:
                    return
                out.write(json.dumps(run(who, name, workers, seed, sorted(a.budgets), a.bench)) + "\n")
                out.flush()


if __name__ == "__main__":
    main()
