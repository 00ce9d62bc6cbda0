"""CMA-ES with margin as an asynchronous sampler: every result counts when it arrives, nobody waits for a generation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from hypersonde.columns import Array, Columns, Mask
from hypersonde.errors import InvalidInput
from hypersonde.models.cma import Categories, Constants, Normal, constants
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.cells import Cells
from hypersonde.samplers.evolution.breeding import offspring
from hypersonde.samplers.evolution.replay import Replay
from hypersonde.trials import History, State

__all__ = ["CMAES"]

_CONVERGED = 1e-7
"""Deviations of all continua below this: there is nothing left to find here."""
_LARGEST_POPULATION = 512


class CMAES(Sampler):
    """Learns where to draw from, and in which directions (Hansen 2016; Hamano et al. 2022 and 2024).

    Minimises the first metric's loss. The distribution moves whenever as many trials as the population have finished,
    whoever suggested them and however long ago. A failed or pruned trial counts as worse than any value, and never as
    one to move towards: a move waits for as many values as it has parents. When the distribution has converged or
    stagnates, it starts anew elsewhere with twice the population (Auger and Hansen 2005).

    Parameters
    ----------
    population : results per move, at least 4; by default 4 + 3 ln(number of parameters).
    sigma : deviation at the start, in shares of each parameter's range, 0 < sigma <= 1.
    active : whether the worse half of the results narrows the distribution where it lies (Jastrebski and Arnold 2006);
        without, CMA-ES as it was at first.
    separable : whether each number has a deviation of its own and no more: linear cost, for many numbers that do not
        interact (Ros and Hansen 2008).
    margin : whether neighbouring values of an integer stay in reach (Hamano et al. 2022).

    Raises
    ------
    InvalidInput : a population below 4, a sigma outside of (0, 1].
    """

    name: ClassVar[str] = "cmaes"
    order_matters: ClassVar[str] = "the distribution moves with each group of results, in the order of their arrival"

    def __init__(
        self,
        population: int | None = None,
        sigma: float = 0.25,
        *,
        active: bool = True,
        separable: bool = False,
        margin: bool = True,
    ) -> None:
        if population is not None and population < 4:
            raise InvalidInput(f"population: got {population}, expected at least 4. Leave it out for the default.")
        if not 0 < sigma <= 1:
            raise InvalidInput(f"sigma: got {sigma!r}, expected a share of the range, 0 < sigma <= 1.")
        self.population = population
        self.sigma = sigma
        self.active, self.separable, self.margin = active, separable, margin
        self._replay = Replay(self._start, _fold)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        search = self._replay(history)
        return offspring(history, count, rng, lambda: search.draw(rng))

    def _start(self, history: History) -> _Search:
        columns = history.problem.encoding.columns
        population = self.population or 4 + int(3 * np.log(len(columns)))
        levels = columns.levels[columns.categorical].tolist()
        run = _Run.start(np.full(len(columns), 0.5)[~columns.categorical], self.sigma, levels, population)
        return _Search(columns, ~columns.categorical, Cells(history.problem.encoding), self, levels, run)


@dataclass(eq=False)
class _Run:
    """One descent from a start to its end.

    Attributes
    ----------
    normal, categories : what is drawn from; numbers alone are in `normal`.
    population : results per move.
    waiting, failed : rows (D,) and losses, and rows without a loss, that arrived since the last move.
    best, since : lowest loss so far, moves since it was found.
    """

    normal: Normal
    categories: Categories
    population: int
    waiting: list[tuple[Array, float]] = field(default_factory=list)
    failed: list[Array] = field(default_factory=list)
    best: float = np.inf
    since: int = 0

    @classmethod
    def start(cls, m: Array, sigma: float, levels: list[int], population: int) -> _Run:
        return cls(Normal.start(m, sigma), Categories.start(levels), population)

    @property
    def patience(self) -> int:
        """Moves without progress after which the run ends (Hansen 2009, "TolHistFun")."""
        return 10 + int(np.ceil(30 * max(len(self.normal.m), 1) / self.population))


@dataclass(eq=False)
class _Search:
    """Runs, one after the other: the state that finished trials are folded into."""

    columns: Columns
    numeric: Mask
    cells: Cells
    settings: CMAES
    levels: list[int]
    run: _Run

    def draw(self, rng: np.random.Generator) -> tuple[Array, Mapping[str, Any]]:
        """A row (D,) without NaN, and what to record of it."""
        x = np.empty(len(self.numeric))
        x[self.numeric] = _reflected(self.run.normal.sample(rng)) if self.numeric.any() else []
        x[~self.numeric] = self.run.categories.sample(rng)
        why = {"proposer": "cmaes", "moves": self.run.normal.generation, "sigma": self.run.normal.sigma}
        return x, why

    def take(self, row: Array, loss: float, number: int) -> None:
        """One result: ``row`` (D,) with its loss, inf for a failure. Moves the distribution when enough are there."""
        run, x = self.run, row.copy()
        if self.columns.gridded or np.isnan(row).any():
            x = self._spread(row, np.random.default_rng(number))
        if np.isfinite(loss):
            run.waiting.append((x, loss))
        else:
            run.failed.append(x)
        parents = run.population // 2
        if len(run.waiting) >= parents and len(run.waiting) + len(run.failed) >= run.population:
            self._move()
            if self._ended():
                m = np.random.default_rng([number, 1]).random(int(self.numeric.sum()))
                population = min(2 * run.population, _LARGEST_POPULATION)
                self.run = _Run.start(m, self.settings.sigma, self.levels, population)

    def _spread(self, row: Array, rng: np.random.Generator) -> Array:
        """The row as the distribution might have drawn it: somewhere in its cells, anywhere where it is inactive."""
        low, high = self.cells.around(row)
        x = np.where(np.isnan(low), row, low + rng.random(len(row)) * (high - low))
        inactive = np.isnan(x) & self.numeric
        if inactive.any():
            anywhere = np.full(len(row), np.nan)
            anywhere[self.numeric] = self.run.normal.sample(rng)
            x[inactive] = anywhere[inactive]
        return x

    def _move(self) -> None:
        """One move of the distributions by the waiting results."""
        run = self.run
        losses = np.array([loss for _, loss in run.waiting])
        X = np.array([row for row, _ in run.waiting])[np.argsort(losses, kind="stable")]
        worst = run.failed[max(len(run.failed) - (run.population - len(X)), 0) :]  # the latest, up to a population
        X = np.concatenate([X, np.array(worst).reshape(-1, len(self.numeric))])
        k = constants(max(int(self.numeric.sum()), 1), len(X), self.settings.active, self.settings.separable)
        if self.numeric.any():
            run.normal = self._in_reach(run.normal.updated(X[:, self.numeric], k), k)
        run.categories = run.categories.updated(X[:, ~self.numeric], k)
        run.since = 0 if losses.min() < run.best else run.since + 1
        run.best, run.waiting, run.failed = min(run.best, float(losses.min())), [], []

    def _in_reach(self, normal: Normal, k: Constants) -> Normal:
        """Inside the cube, and with a margin for the cells around the mean."""
        m = np.clip(normal.m, 0.0, 1.0)
        inside = Normal(m, min(normal.sigma, 1.0), normal.C, normal.A, normal.p_sigma, normal.p_c, normal.generation)
        if not self.settings.margin:
            return inside
        row = np.full(len(self.numeric), np.nan)
        row[self.numeric] = m
        low, high = (border[self.numeric] for border in self.cells.around(row))
        low, high = np.where(low <= 0.0, -np.inf, low), np.where(high >= 1.0, np.inf, high)
        return inside.with_margin(low, high, 1.0 / (k.lam * k.n))

    def _ended(self) -> bool:
        """Converged, or without progress for long."""
        low, _ = self.cells.around(np.where(self.numeric, 0.5, np.nan))
        continua = np.isnan(low[self.numeric])
        still = continua.any() and bool((self.run.normal.deviation[continua] < _CONVERGED).all())
        return still or self.run.since > self.run.patience


def _fold(search: _Search, history: History, number: int) -> None:
    if history.status[number] == State.CANCELLED:
        return
    loss = float(history.losses[number, 0])
    search.take(history.X[number], np.inf if np.isnan(loss) else loss, number)


def _reflected(x: Array) -> Array:
    """Positions folded back into [0, 1] at its ends.

    >>> _reflected(np.array([-0.25, 1.25, 0.5])).tolist()
    [0.25, 0.75, 0.5]
    """
    folded = np.abs(x) % 2.0
    return np.asarray(np.where(folded > 1.0, 2.0 - folded, folded))
