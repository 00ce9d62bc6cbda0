"""Differential evolution with success history and a shrinking population (L-SHADE), on arrays, without generations.

R. Tanabe and A. S. Fukunaga, Improving the search performance of SHADE using linear population size reduction,
IEEE CEC 2014. The letters are the paper's: ``N`` individuals ``x`` with losses ``f``, archive ``A``, greediness ``p``,
mutant ``v``, scale factor ``F`` and crossover rate ``CR`` (see `success`).

What asynchrony changes: a child competes with whoever holds its parent's place when its loss arrives, the
memories are updated whenever N losses have arrived, and a full archive forgets its oldest member, not a random one.
What mixed columns change: see `Shade.breed`. What is added: one child in twenty is the lowest point of a bowl fitted to
the best results (see `bowl`).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Columns
from hypersonde.samplers.evolution.bowl import lowest, rows_needed
from hypersonde.samplers.evolution.population import Fittest
from hypersonde.samplers.evolution.success import SuccessHistory

__all__ = ["Birth", "Child", "Shade", "population"]

_FEWEST = 4
"""N_min: a parent, one of the best, and two that differ."""


_COLLAPSED = 1e-6
"""Extent of a population, as a share of the box, below which it is begun anew."""
_PATIENCE = 40
"""Losses without a success, as a multiple of N, after which it is begun anew."""
_RENEWED = 8
"""The fewest individuals to begin anew with, where a budget is known."""
_SAMPLE = 0.04
"""Part of a budget that a sample is at most."""
_RETURN = 0.15
"""Share of the children in which a category is drawn anew: crossover alone would lose what no individual has."""
_BOWL = 0.05
"""Share of the children that are the lowest point of a bowl."""


class Birth(NamedTuple):
    """How a child was made: the place that it competes for, its scale factor and its crossover rate."""

    place: int
    F: float
    CR: float

    @classmethod
    def read(cls, why: Any) -> Birth | None:
        """The birth written into `Trial.why`; None when the trial was not bred here."""
        try:
            return cls(int(why["place"]), float(why["F"]), float(why["CR"]))
        except (KeyError, TypeError, ValueError):
            return None


class Child(NamedTuple):
    """A row (D,) without NaN, to be snapped and activated by the caller, and how it was made; None: as a bowl says."""

    row: Array
    birth: Birth | None


def population(columns: Columns, budget: int | None) -> int:
    """How many individuals a search of these columns starts with: `DifferentialEvolution` says why.

    >>> from hypersonde.problem import HpProblem
    >>> columns = HpProblem({f"x{i}": (0.0, 1.0) for i in range(10)}).encoding.columns
    >>> [population(columns, budget) for budget in (None, 1_000, 5_000, 100_000)]
    [8, 10, 20, 180]
    """
    D, least = len(columns), 16 if columns.categorical.any() else 8
    if budget is None:
        return max(D // 2, least)
    return max(min(max(budget // 250, D, 10), 18 * D), least)


class Shade:
    """The population after some losses; `fold` takes in more of them, `breed` changes nothing.

    Parameters
    ----------
    columns : what the D columns of a row mean.
    size : N_init, at least 4.
    budget : trials, `passed` ones included, after which N has shrunk to 4, linearly; None keeps N. A population that
        has collapsed, or in which nothing succeeds any more, is given up: without a budget another one of 2 N begins
        (the restarts of IPOP, Auger and Hansen 2005), with one as many as N_init for what is left of it, 8 at least.
    sample : rows drawn from the space before a population breeds, at most a 25th of what is left of the budget: it
        begins with the best of them.
    conditional : whether columns may be inactive (NaN).
    p, H, archive : greediness, length of the memories, archive size as a multiple of N.
    """

    def __init__(
        self,
        columns: Columns,
        size: int,
        budget: int | None = None,
        *,
        sample: int = 0,
        conditional: bool = True,
        p: float = 0.11,
        H: int = 6,
        archive: float = 2.6,
    ) -> None:
        self.columns = columns
        self._budget, self._wanted, self._conditional = budget, sample, conditional
        self._p, self._H, self._archive = p, H, archive
        self._first = max(size, _FEWEST)
        self._places = self._folded = self._spent = 0
        self._begin(self._first)

    def _begin(self, size: int) -> None:
        """An empty population of this size, and memories that know nothing."""
        self.size, self._count, self._taken = size, 0, 0
        left = np.inf if self._budget is None else self._budget - self._spent
        self._sample = min(self._wanted, _SAMPLE * left)
        self._x, self._f = np.empty((size, len(self.columns))), np.empty(size)
        self._place: list[int] = []
        self._at: dict[int, int] = {}
        self._oldest = self._places
        self._A: list[Array] = []
        self._best = Fittest(rows_needed(self.columns), len(self.columns))
        self._memory = SuccessHistory(self._H)
        self._begun, self._updated, self._succeeded = self._spent, self._folded, self._folded
        self._order: list[int] | None = None

    def __len__(self) -> int:
        return self._count

    @property
    def ready(self) -> bool:
        """Whether there are as many individuals as there should be, the best of a sample; before, rows are drawn from
        the space."""
        return self._taken >= self._sample and self._count >= self._target()

    @property
    def x(self) -> Array:
        """(N, D) the individuals."""
        return self._x[: self._count]

    @property
    def f(self) -> Array:
        """(N,) their losses, finite, LOWER IS BETTER."""
        return self._f[: self._count]

    # -- taking in -----------------------------------------------------------------------------------

    def fold(self, rows: Array, losses: Array, births: Sequence[Birth | None] | None = None) -> None:
        """Take in the losses (n,) of rows (n, D) in the order in which they arrived; NaN or infinite: no value."""
        for row, loss, birth in zip(rows, losses.tolist(), births or [None] * len(rows), strict=True):
            self.take(row, loss, birth)

    def take(self, row: Array, loss: float, birth: Birth | None) -> None:
        """Take in one row (D,).

        A row without a birth, chosen by a bowl or by somebody else, competes with the worst; a child of a population
        that was given up stays outside.
        """
        self._folded += 1
        self._taken += 1
        self._spent += 1
        if isfinite(loss) and not (birth and birth.place < self._oldest):
            self._best.fold(self._folded, row, np.array([loss]))
            self._compete(row, loss, birth)
        if self._folded - self._updated >= max(self._count, _FEWEST):
            self._updated = self._folded
            self._memory.update()
            self._shrink()
            self._renew()

    def passed(self) -> None:
        """One trial of the budget went to somebody else."""
        self._spent += 1

    def _target(self) -> int:
        """N at this time: linear population size reduction."""
        if self._budget is None:
            return self.size
        spent = min((self._spent - self._begun) / max(self._budget - self._begun, 1), 1.0)
        return round(self.size + (_FEWEST - self.size) * spent)

    def _compete(self, row: Array, loss: float, birth: Birth | None) -> None:
        if self._count < self._target():
            self._settle(self._count, row, loss)
            self._count += 1
            return
        own = self._at.get(birth.place) if birth else None
        i = int(np.argmax(self.f)) if own is None else own
        before = float(self._f[i])
        if loss < before:
            self._A.append(self._x[i].copy())
            del self._A[: max(len(self._A) - round(self._archive * self._count), 0)]
            self._succeeded = self._folded
            if birth and own is not None:
                self._memory.succeed(birth.F, birth.CR)
        if loss <= before:
            self._x[i], self._f[i], self._order = row, loss, None

    def _settle(self, i: int, row: Array, loss: float) -> None:
        self._x[i], self._f[i], self._order = row, loss, None
        self._succeeded = self._folded
        self._at[self._places] = i
        self._place.append(self._places)
        self._places += 1

    def _shrink(self) -> None:
        """The worst leave until N is what it should be."""
        n = min(self._count, self._target())
        if n < self._count:
            stay = np.sort(np.argsort(self.f, kind="stable")[:n])
            self._x[:n], self._f[:n], self._order = self._x[stay], self._f[stay], None
            self._place = [self._place[i] for i in stay]
            self._at = {place: i for i, place in enumerate(self._place)}
            self._count = n

    def _renew(self) -> None:
        """A population that is finished gives way to another one."""
        if self._count < self._target() or not self._finished():
            return
        if self._budget is None:
            self._begin(2 * self.size)
        elif (left := self._budget - self._spent) > _PATIENCE * _RENEWED:
            self._begin(max(round(self._first * left / self._budget), _RENEWED))

    def _finished(self) -> bool:
        """Whether all individuals are in one place, or nothing has succeeded for long."""
        if self._folded - self._succeeded > _PATIENCE * self._count:
            return True
        x = np.nan_to_num(self.x) if self._conditional else self.x
        return bool(np.max(x.max(axis=0) - x.min(axis=0)) < _COLLAPSED)

    # -- giving out ----------------------------------------------------------------------------------

    def breed(self, rng: np.random.Generator) -> Child:
        """One child: current-to-pbest/1 with archive, binomial crossover, halfway back to the parent at a bound; now
        and then the lowest point of a bowl.

        A grid is rounded at random, so that a difference of a fraction of a cell still counts. A category goes
        over to that of the guide or of the first donor, each with probability F, and now and then to any. A column
        that is inactive in the parent is taken from the guide or drawn uniformly, as likely as not.
        """
        if rng.random() < _BOWL and (row := lowest(self._best.rows, self._best.fitness, self.columns, rng)) is not None:
            return Child(self._complete(row, row, rng) if self._conditional else row, None)
        u = rng.random(5 + len(self.columns))
        whose, best, first, second, j = u[:5].tolist()
        i, (F, CR) = int(whose * self._count), self._memory.draw(rng)
        guide = self._x[self._ranked()[int(best * self._greedy())]]
        x = self._complete(self._x[i], guide, rng) if self._conditional else self._x[i]
        v = self._mutant(x, guide, *self._donors(i, first, second), F, rng)
        cross = u[5:] < CR
        cross[int(j * len(x))] = True
        return Child(self._return(np.where(cross, v, x), rng), Birth(self._place[i], F, CR))

    def _complete(self, x: Array, guide: Array, rng: np.random.Generator) -> Array:
        drawn = _uniform(rng.random(len(x)), self.columns)
        fresh = np.isnan(guide) | (rng.random(len(x)) < 0.5)
        return np.where(np.isnan(x), np.where(fresh, drawn, guide), x)

    def _return(self, row: Array, rng: np.random.Generator) -> Array:
        if not self.columns.mixed:
            return row
        categorical = self.columns.categorical
        back = categorical & (rng.random(len(row)) < _RETURN / categorical.sum())
        return np.where(back, _uniform(rng.random(len(row)), self.columns), row)

    def _greedy(self) -> int:
        """p N, two at least."""
        return min(max(round(self._p * self._count), 2), self._count)

    def _ranked(self) -> list[int]:
        """The individuals, best first."""
        if self._order is None:
            self._order = np.argsort(self.f, kind="stable").tolist()
        return self._order

    def _donors(self, i: int, u1: float, u2: float) -> tuple[Array, Array]:
        """x_r1 from the population and x_r2 from population and archive, both others than x_i and each other."""
        r1 = int(u1 * (self._count - 1))
        r1 += r1 >= i
        r2 = int(u2 * (self._count + len(self._A) - 2))
        for taken in sorted((i, r1)):
            r2 += r2 >= taken
        return self._x[r1], self._x[r2] if r2 < self._count else self._A[r2 - self._count]

    def _mutant(
        self, x: Array, guide: Array, a: Array, b: Array, F: float, rng: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        difference = _towards(x, guide) + _towards(b, a) if self._conditional else guide - x + a - b
        v = x + F * difference  # v = x + F (x_pbest - x) + F (x_r1 - x_r2)
        categorical = self.columns.categorical
        if self.columns.gridded:
            v = self.columns.shifted(v, rng.random(len(x)) - 0.5)
        v = np.where(v < 0.0, x / 2.0, np.where(v > 1.0, (x + 1.0) / 2.0, v))
        if self.columns.mixed:
            to = np.where(rng.random(len(x)) < F, guide, np.where(rng.random(len(x)) < F, a, x))
            v = np.where(categorical, np.where(np.isnan(to), x, to), v)
        return v


def _towards(x: Array, y: Array) -> Array:
    """y - x, and 0 where one of them is inactive."""
    d = y - x
    return np.where(np.isnan(d), 0.0, d)


def _uniform(u: Array, columns: Columns) -> Array:
    """Draws (D,) from [0, 1) as positions, and as indices of categories."""
    return np.where(columns.categorical, np.floor(u * np.maximum(columns.levels, 1)), u)
