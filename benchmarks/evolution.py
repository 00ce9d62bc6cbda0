"""Evolution beside Propulate, Optuna and Nevergrad: how good after so many evaluations, and what one breeding costs.

    python benchmarks/evolution.py table --ours FILE ... --peers FILE ... --pairs 'ga=propulate' 'cmaes=propulate cmaes'
    python benchmarks/evolution.py fill --ours FILE ... --peers FILE ... --into docs/floors/samplers.md
    python benchmarks/evolution.py cost --sizes 1000 10000 100000 --peer PYTHON

A FILE holds searches that ``evolution_runs.py`` ran, a line each. For every pair, a cell is a task, a number of workers
and a budget: ``+`` where our median is better, ``=`` where the medians are the same, ``-`` where it is worse, ``!``
where it is significantly worse (one-sided Mann-Whitney test with Holm's correction over the cells of the pair,
p < 0.05). ``fill`` writes the figures of one pair into a page, between two comments. PYTHON is the interpreter of an
environment with propulate 1.2.2. CPU is that of the process, in the fastest of 20 blocks.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from collections import defaultdict
from pathlib import Path

import numpy as np
from evolution_ours import OURS, history
from evolution_tasks import FUNCTIONS, TABLES, TASKS, D, least
from scipy.stats import mannwhitneyu

from hypersonde.trials import Finished, Started, State

Cell = tuple[str, int, int]
"""Task, workers, budget."""
Found = dict[str, dict[Cell, dict[int, float]]]
"""What was found: by name, cell and seed."""


def read(files: list[Path]) -> Found:
    found: Found = defaultdict(lambda: defaultdict(dict))
    for line in (line for file in files for line in file.read_text().splitlines()):
        r = json.loads(line)
        for budget, best in r["best"].items():
            found[r["who"]][r["task"], r["workers"], int(budget)][r["seed"]] = best
    return found


def compare(ours: dict[Cell, dict[int, float]], theirs: dict[Cell, dict[int, float]]) -> dict[Cell, str]:
    """A mark for each cell that both have."""
    cells = sorted(ours.keys() & theirs.keys(), key=lambda cell: (cell[2], cell[1], TASKS.index(cell[0])))
    marks, p = {}, {}
    for cell in cells:
        own, other = (np.array(list(runs[cell].values())) for runs in (ours, theirs))
        own, other = (np.where(np.isfinite(v), v, np.inf) for v in (own, other))
        difference = float(np.median(own) - np.median(other))
        marks[cell] = "=" if difference == 0.0 else "+" if difference < 0.0 else "-"
        p[cell] = 1.0 if np.all(own == own[0]) and np.all(other == own[0]) else _p(own, other)
    for rank, cell in enumerate(sorted(cells, key=lambda cell: p[cell])):  # Holm
        if p[cell] * (len(cells) - rank) >= 0.05:
            break
        marks[cell] = "!"
    return marks


def _p(own: np.ndarray, other: np.ndarray) -> float:
    return float(mannwhitneyu(own, other, alternative="greater").pvalue)


def show_pair(name: str, ours: dict[Cell, dict[int, float]], peer: str, theirs: dict[Cell, dict[int, float]]) -> None:
    marks = compare(ours, theirs)
    if not marks:
        return
    said = {mark: sum(m == mark for m in marks.values()) for mark in "+=-!"}
    seeds = min(len(runs[cell]) for cell in marks for runs in (ours, theirs))
    print(
        f"\n{name} beside {peer}: better in {said['+']} of {len(marks)} cells ({said['+'] / len(marks):.0%}), same in "
        f"{said['=']}, significantly worse in {said['!']}; {seeds} seeds at least"
    )
    for workers, budget in sorted({cell[1:] for cell in marks}, key=lambda group: group[::-1]):
        row = [(cell[0], mark) for cell, mark in marks.items() if cell[1:] == (workers, budget)]
        text = (f"{t} {_median(ours[t, workers, budget])}/{_median(theirs[t, workers, budget])}{m}" for t, m in row)
        print(f"  {workers:2} workers, {budget:5}: " + ", ".join(text))


def figures(ours: dict[Cell, dict[int, float]], theirs: dict[Cell, dict[int, float]]) -> str:
    """Two tables in Markdown: how many cells of which kind are won, and the medians of functions."""
    rows = ["| evaluations | better | same | worse | cells | of functions | of tables | seeds, ours and theirs |"]
    rows.append("|---|---|---|---|---|---|---|---|")
    shared = ours.keys() & theirs.keys()
    for budget in sorted({cell[2] for cell in shared}):
        marks = compare(*({cell: runs for cell, runs in side.items() if cell[2] == budget} for side in (ours, theirs)))
        better, tables = {c for c, mark in marks.items() if mark == "+"}, {c for c in marks if c[0] in TABLES}
        won = len(better & tables)
        seeds = ", ".join(_span([len(side[cell]) for cell in marks]) for side in (ours, theirs))
        rows.append(
            f"| {budget:,} | {len(better)}, {len(better) / len(marks):.0%} | {list(marks.values()).count('=')} "
            f"| {list(marks.values()).count('!')} | {len(marks)} | {len(better) - won} of {len(marks) - len(tables)} "
            f"| {won} of {len(tables)} | {seeds} |".replace("%", " %")
        )
    rows += ["", f"| evaluations | workers | {' | '.join(FUNCTIONS)} |", "|---|---|" + "---|" * len(FUNCTIONS)]
    for workers, budget in sorted({cell[1:] for cell in shared}, key=lambda group: group[::-1]):
        cells = [(name, workers, budget) for name in FUNCTIONS]
        both = (f"{_median(ours[c])}, {_median(theirs[c])}" if c in shared else "" for c in cells)
        rows.append(f"| {budget:,} | {workers} | {' | '.join(both)} |")
    return "\n".join(rows)


def _span(counts: list[int]) -> str:
    return f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"


def fill(page: Path, text: str) -> None:
    """Put the figures where the page has a place for them."""
    before, begin, rest = page.read_text().partition("<!-- figures: benchmarks/evolution.py fill -->\n")
    _, end, after = rest.partition("\n<!-- end of figures -->")
    if not (begin and end):
        raise SystemExit(f"{page} has no place for figures.")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def _median(runs: dict[int, float]) -> str:
    median = float(np.median(list(runs.values())))
    return f"{median:,.0f}" if abs(median) >= 1000.0 else f"{median:.3g}"


def cost(sizes: list[int], who: list[str], repeats: int = 2000) -> list[dict]:
    """CPU of one suggestion and of the events that tell of it and its result, after so many results.

    ``breed_ms`` is the suggestion alone, without the history's part.
    """
    rows = []
    space = [{"name": f"x{i}", "type": "float", "low": -5.0, "high": 5.0} for i in range(D)]
    for label in who:
        for n in sizes:
            sampler, known, rng = OURS[label](2 * n), history(space), np.random.default_rng(0)
            configs = known.problem.encoding.decode(rng.random((n, D)))
            known.extend([Started(i, 0.0, config) for i, config in enumerate(configs)])
            for i in range(n):
                known.extend([Finished(i, 0.0, State.COMPLETE, (float(rng.random()),))])
            sampler.suggest(known, 1, rng)

            def turn(sampler=sampler, known=known, rng=rng) -> None:
                number = len(known)
                (s,) = sampler.suggest(known, 1, np.random.default_rng([0, number]))
                known.extend([Started(number, 0.0, s.config, sampler.name, s.why)])
                known.extend([Finished(number, 0.0, State.COMPLETE, (float(rng.random()),))])

            both = least(turn, repeats)
            breed = least(lambda sampler=sampler, known=known, rng=rng: sampler.suggest(known, 1, rng), repeats)
            rows.append({"who": label, "n": n, "cpu_ms": both, "breed_ms": breed})
    return rows


def peer_cost(python: str | None, sizes: list[int]) -> list[dict]:
    if python is None:
        return []
    script = Path(__file__).with_name("evolution_propulate.py")
    command = [python, str(script), "--sizes", *map(str, sizes)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def show_cost(rows: list[dict]) -> None:
    for who in dict.fromkeys(r["who"] for r in rows):
        figures = (
            f"n={r['n']}: {r['cpu_ms']:.3f} ms" + (f" (breeding {r['breed_ms']:.3f})" if "breed_ms" in r else "")
            for r in rows
            if r["who"] == who
        )
        print(f"{who:35}", "   ".join(figures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["table", "fill", "cost"])
    parser.add_argument("--ours", type=Path, nargs="+", default=[])
    parser.add_argument("--peers", type=Path, nargs="+", default=[])
    parser.add_argument("--pairs", nargs="+", default=["ga=propulate"])
    parser.add_argument("--into", type=Path)
    parser.add_argument("--budgets", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--who", nargs="+", default=list(OURS))
    parser.add_argument("--peer", help="python of an environment with propulate")
    a = parser.parse_args()
    if a.what == "cost":
        show_cost(peer_cost(a.peer, a.sizes) + cost(a.sizes, a.who))
    else:
        ours, peers = (
            {w: {c: r for c, r in cells.items() if c[2] in a.budgets} for w, cells in read(f).items()}
            for f in (a.ours, a.peers)
        )
        for name, _, peer in (pair.partition("=") for pair in a.pairs):
            if a.what == "fill":
                fill(a.into, figures(ours[name], peers[peer]))
            else:
                show_pair(name, ours[name], peer, peers[peer])
