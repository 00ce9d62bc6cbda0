"""Differential evolution with success history and a shrinking population (L-SHADE), on arrays, without generations.

R. Tanabe and A. S. Fukunaga, Improving the search performance of SHADE using linear population size reduction,
IEEE CEC 2014. The letters are the paper's: ``N`` individuals ``x`` with losses ``f``, archive ``A``, greediness ``p``,
mutant ``v``, scale factor ``F`` and crossover rate ``CR`` (see `success`).

What asynchrony changes: a child competes with whoever holds its parent's place when its loss arrives, the
memories are updated whenever N losses have arrived, and a full archive forgets its oldest member, not a random one.
What mixed columns change: see `Shade.breed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Columns
from hypersonde.samplers.evolution.success import SuccessHistory

__all__ = ["Birth", "Child", "Shade"]

_FEWEST = 4
"""N_min: a parent, one of the best, and two that differ."""


_COLLAPSED = 1e-6
"""Extent of a population, as a share of the box, below which it is begun anew."""
_RETURN = 0.15
"""Share of the children in which a category is drawn anew: crossover alone would lose what no individual has."""


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
    """A row (D,) without NaN, to be snapped and activated by the caller, and how it was made."""

    row: Array
    birth: Birth


class Shade:
    """The population after some losses; `fold` takes in more of them, `breed` changes nothing.

    Parameters
    ----------
    columns : what the D columns of a row mean.
    size : N_init, at least 4.
    budget : losses after which N has shrunk to 4, linearly; None keeps N until the population has collapsed and begins
        anew with 2 N (the restarts of IPOP, Auger and Hansen 2005).
    p, H, archive : greediness, length of the memories, archive size as a multiple of N.
    """

    def __init__(
        self,
        columns: Columns,
        size: int,
        budget: int | None = None,
        *,
        p: float = 0.11,
        H: int = 6,
        archive: float = 2.6,
    ) -> None:
        self.columns = columns
        self._budget, self._p, self._H, self._archive = budget, p, H, archive
        self._places = self._folded = self._updated = 0
        self._begin(max(size, _FEWEST))

    def _begin(self, size: int) -> None:
        """An empty population of this size, and memories that know nothing."""
        self.size, self._count = size, 0
        self._x, self._f = np.empty((size, len(self.columns))), np.empty(size)
        self._place = np.empty(size, dtype=np.int64)
        self._A: list[Array] = []
        self._memory = SuccessHistory(self._H)

    def __len__(self) -> int:
        return self._count

    @property
    def ready(self) -> bool:
        """Whether there are enough individuals to breed from."""
        return self._count >= _FEWEST

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
        """Take in the losses (n,) of rows (n, D) in the order in which they arrived; NaN or infinite: no value.

        A row without a birth, chosen by somebody else, competes with the worst.
        """
        for row, loss, birth in zip(rows, losses, births or [None] * len(rows), strict=True):
            self._folded += 1
            if np.isfinite(loss):
                self._compete(row, float(loss), birth)
            if self._folded - self._updated >= max(self._count, _FEWEST):
                self._updated = self._folded
                self._memory.update()
                self._shrink()
                self._renew()

    def _target(self) -> int:
        """N at this time: linear population size reduction."""
        if self._budget is None:
            return self.size
        spent = min(self._folded / self._budget, 1.0)
        return round(self.size + (_FEWEST - self.size) * spent)

    def _compete(self, row: Array, loss: float, birth: Birth | None) -> None:
        if self._count < self._target():
            self._settle(self._count, row, loss)
            self._count += 1
            return
        own = self._place[: self._count] == birth.place if birth else np.zeros(1, dtype=np.bool_)
        i = int(np.argmax(own if own.any() else self.f))
        if loss < self._f[i]:
            self._A.append(self._x[i].copy())
            if birth and own.any():
                self._memory.succeed(birth.F, birth.CR, float(self._f[i]) - loss)
        if loss <= self._f[i]:
            self._x[i], self._f[i] = row, loss
        del self._A[: max(len(self._A) - round(self._archive * self._count), 0)]

    def _settle(self, i: int, row: Array, loss: float) -> None:
        self._x[i], self._f[i], self._place[i] = row, loss, self._places
        self._places += 1

    def _shrink(self) -> None:
        """The worst leave until N is what it should be."""
        n = min(self._count, self._target())
        if n < self._count:
            stay = np.sort(np.argsort(self.f, kind="stable")[:n])
            self._x[:n], self._f[:n], self._place[:n] = self._x[stay], self._f[stay], self._place[stay]
            self._count = n

    def _renew(self) -> None:
        """Without a budget: a collapsed population gives way to one of twice its size, which keeps the best."""
        if self._budget is None and self._count == self.size:
            x, best = np.nan_to_num(self.x), int(np.argmin(self.f))
            if np.max(x.max(axis=0) - x.min(axis=0)) < _COLLAPSED:
                row, loss = self._x[best], float(self._f[best])
                self._begin(2 * self.size)
                self._compete(row, loss, None)

    # -- giving out ----------------------------------------------------------------------------------

    def breed(self, rng: np.random.Generator) -> Child:
        """One child: current-to-pbest/1 with archive, binomial crossover, halfway back to the parent at a bound.

        A grid is rounded at random, so that a difference of a fraction of a cell still counts. A category goes
        over to that of the guide or of the first donor, each with probability F, and now and then to any. A column
        that is inactive in the parent is taken from the guide or drawn uniformly, as likely as not.
        """
        i = int(rng.integers(self._count))
        F, CR = self._memory.draw(rng)
        x, guide = self._x[i], self._x[self._pbest(rng)]
        a, b = self._donors(i, rng)
        fresh = np.isnan(guide) | (rng.random(len(x)) < 0.5)
        base = np.where(np.isnan(x), np.where(fresh, _uniform(rng.random(len(x)), self.columns), guide), x)
        v = self._mutant(base, guide, a, b, F, rng)
        j_rand = rng.integers(len(x))
        cross = rng.random(len(x)) < CR
        cross[j_rand] = True
        row = self._return(np.where(cross, v, base), rng)
        return Child(row, Birth(int(self._place[i]), F, CR))

    def _return(self, row: Array, rng: np.random.Generator) -> Array:
        categorical = self.columns.categorical
        if not categorical.any():
            return row
        back = categorical & (rng.random(len(row)) < _RETURN / categorical.sum())
        return np.where(back, _uniform(rng.random(len(row)), self.columns), row)

    def _pbest(self, rng: np.random.Generator) -> int:
        """One of the best p N, two at least."""
        k = min(max(round(self._p * self._count), 2), self._count)
        return int(np.argsort(self.f, kind="stable")[rng.integers(k)])

    def _donors(self, i: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """x_r1 from the population and x_r2 from population and archive, both others than x_i and each other."""
        r1 = r2 = i
        while r1 == i:
            r1 = int(rng.integers(self._count))
        while r2 in (i, r1):
            r2 = int(rng.integers(self._count + len(self._A)))
        return self._x[r1], self._x[r2] if r2 < self._count else self._A[r2 - self._count]

    def _mutant(
        self, x: Array, guide: Array, a: Array, b: Array, F: float, rng: np.random.Generator
    ) -> npt.NDArray[np.float64]:
        v = x + F * (_towards(x, guide) + _towards(b, a))  # v = x + F (x_pbest - x) + F (x_r1 - x_r2)
        levels, categorical = self.columns.levels, self.columns.categorical
        on_grid = (levels > 0) & ~categorical
        if on_grid.any():
            v += np.where(on_grid, (rng.random(len(x)) - 0.5) / np.maximum(levels, 1), 0.0)
        v = np.where(v < 0.0, x / 2.0, np.where(v > 1.0, (x + 1.0) / 2.0, v))
        if categorical.any():
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
