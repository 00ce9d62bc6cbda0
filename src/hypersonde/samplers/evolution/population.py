"""Who may breed: the fittest results, those on the best fronts, or the latest.

A population takes in finished trials one by one at a cost that does not grow with their number. It shows its
``rows`` (k, D) and their ``fitness`` (k,), finite, LOWER IS BETTER.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect
from typing import Protocol

import numpy as np

from hypersonde.columns import Array
from hypersonde.samplers.evolution.pareto import crowded_order, fronts
from hypersonde.samplers.evolution.selection import Indices

__all__ = ["Fittest", "Fronts", "Latest", "Population", "survivors"]


_RESERVE = 8
"""How many are kept once one had to be forgotten, as a multiple of those who breed."""


class Population(Protocol):
    """At most `size` results."""

    size: int

    @property
    def rows(self) -> Array:
        """(k, D) encoded configurations, NaN = inactive. Only to be read."""
        ...

    @property
    def fitness(self) -> Array:
        """(k,) the lower, the better."""
        ...

    @property
    def numbers(self) -> Indices:
        """(k,) the trials that the rows are."""
        ...

    def fold(self, number: int, row: Array, losses: Array) -> None:
        """Take in trial `number`: its row (D,) and its losses (m,), all finite."""
        ...


class Fittest:
    """The `size` lowest losses of all, best first; of equals the earlier trial. In whatever order they come.

    Some of those who come next are kept in reserve once a trial had to be forgotten.
    """

    def __init__(self, size: int, D: int) -> None:
        self.size = size
        self._keys: list[tuple[float, int]] = []  # the best of all, as many as these are
        self._X = np.empty((size + 1, D))
        self._more = False  # whether there are others
        self._tell()

    @property
    def rows(self) -> Array:
        return self._X[: min(len(self._keys), self.size)]

    @property
    def fitness(self) -> Array:
        return self._fitness

    @property
    def numbers(self) -> Indices:
        return self._numbers

    def fold(self, number: int, row: Array, losses: Array) -> None:
        key, known, room = (float(losses[0]), number), len(self._keys), len(self._X) - 1
        if (self._more or known == room) and key > self._keys[-1]:
            self._more = True
            return
        i = bisect(self._keys, key)
        self._X[i + 1 : known + 1] = self._X[i:known].copy()
        self._X[i] = row
        self._keys.insert(i, key)
        if known == room:
            self._keys.pop()
            self._more = True
        if i < self.size:
            self._tell()

    def forget(self, number: int, X: Array, losses: Array) -> None:
        """As if a trial had never been there; rows (n, D) and losses (n,), NaN without one, are those of all others."""
        i = next((i for i, (_, own) in enumerate(self._keys) if own == number), None)
        if i is None:
            return
        del self._keys[i]
        self._X[i:-1] = self._X[i + 1 :].copy()
        if self._more and len(self._keys) < self.size:
            self._refill(X, losses)
        self._tell()

    def _refill(self, X: Array, losses: Array) -> None:
        room = _RESERVE * self.size
        found = np.flatnonzero(np.isfinite(losses))
        self._more = len(found) > room
        if self._more:
            found = found[losses[found] <= np.partition(losses[found], room - 1)[room - 1]]
        self._keys = sorted(zip(losses[found].tolist(), found.tolist(), strict=True))[:room]
        self._X = np.empty((room + 1, self._X.shape[1]))
        self._X[: len(self._keys)] = X[[number for _, number in self._keys]]

    def _tell(self) -> None:
        self._fitness = np.array([loss for loss, _ in self._keys[: self.size]])
        self._numbers = np.array([number for _, number in self._keys[: self.size]], dtype=np.int64)


class _Listed(ABC):
    """What the populations without an order by one loss share: rows and losses in order of arrival."""

    def __init__(self, size: int, D: int, m: int) -> None:
        self.size = size
        self._count = 0
        self._X = np.empty((size + 1, D))
        self._F = np.empty((size + 1, m))
        self._fitness: Array | None = None
        self._numbers = np.empty(size + 1, dtype=np.int64)

    @property
    def rows(self) -> Array:
        return self._X[: self._count]

    @property
    def fitness(self) -> Array:
        """The first loss; with several losses the place in the crowded order."""
        if self._fitness is None:
            F = self._F[: self._count]
            place = F[:, 0] if F.shape[1] == 1 else np.argsort(crowded_order(F))
            self._fitness = place.astype(np.float64)
        return self._fitness

    @property
    def numbers(self) -> Indices:
        return self._numbers[: self._count]

    def fold(self, number: int, row: Array, losses: Array) -> None:
        end = self._count
        self._X[end], self._F[end], self._numbers[end], self._fitness = row, losses, number, None
        if end < self.size:
            self._count += 1
            return
        gone = self._leaves()
        for kept in (self._X, self._F, self._numbers):
            kept[gone:end] = kept[gone + 1 :]

    @abstractmethod
    def _leaves(self) -> int:
        """Index of the row that leaves, of one more than there should be."""


class Latest(_Listed):
    """The `size` latest results: the oldest leaves, however good it was (Real et al. 2019, aging evolution)."""

    def _leaves(self) -> int:
        return 0


class Fronts(_Listed):
    """The `size` best of several losses: when one comes, the last of the crowded order leaves (NSGA-II, mu + 1)."""

    def __init__(self, size: int, D: int, m: int) -> None:
        super().__init__(size, D, m)
        self._last: Array | None = None  # losses of the last front; None: not known

    def fold(self, number: int, row: Array, losses: Array) -> None:
        if self._count == self.size and self._hopeless(losses):
            return
        self._last = None
        super().fold(number, row, losses)

    def _hopeless(self, losses: Array) -> bool:
        """Whether a member of the last front dominates a newcomer: it would be a front of its own, and leave."""
        if self._last is None:
            F = self._F[: self._count]
            rank = fronts(F)
            self._last = F[rank == rank.max()]
        return bool(np.any((self._last <= losses).all(axis=1) & (self._last < losses).any(axis=1)))

    def _leaves(self) -> int:
        return int(crowded_order(self._F)[-1])


def survivors(size: int, D: int, m: int) -> Population:
    """The `size` best of m losses."""
    return Fittest(size, D) if m == 1 else Fronts(size, D, m)
