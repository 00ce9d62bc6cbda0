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
from hypersonde.samplers.evolution.pareto import crowded_order
from hypersonde.samplers.evolution.selection import Indices

__all__ = ["Fittest", "Fronts", "Latest", "Population", "survivors"]


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
    """The `size` lowest losses of all, best first; of equals the earlier trial. In whatever order they come."""

    def __init__(self, size: int, D: int) -> None:
        self.size = size
        self._keys: list[tuple[float, int]] = []
        self._X = np.empty((size + 1, D))

    @property
    def rows(self) -> Array:
        return self._X[: len(self._keys)]

    @property
    def fitness(self) -> Array:
        return np.array([loss for loss, _ in self._keys])

    @property
    def numbers(self) -> Indices:
        return np.array([number for _, number in self._keys], dtype=np.int64)

    def fold(self, number: int, row: Array, losses: Array) -> None:
        key = (float(losses[0]), number)
        if len(self._keys) == self.size and key > self._keys[-1]:
            return
        i = bisect(self._keys, key)
        self._X[i + 1 :] = self._X[i:-1].copy()
        self._X[i] = row
        self._keys.insert(i, key)
        del self._keys[self.size :]


class _Listed(ABC):
    """What the populations without an order by one loss share: rows and losses in order of arrival."""

    def __init__(self, size: int, D: int, m: int) -> None:
        self.size = size
        self._X = np.empty((0, D))
        self._F = np.empty((0, m))
        self._fitness: Array | None = None
        self._numbers = np.empty(0, dtype=np.int64)

    @property
    def rows(self) -> Array:
        return self._X

    @property
    def fitness(self) -> Array:
        """The first loss; with several losses the place in the crowded order."""
        if self._fitness is not None:
            return self._fitness
        place = self._F[:, 0] if self._F.shape[1] == 1 else np.argsort(crowded_order(self._F))
        self._fitness = fitness = place.astype(np.float64)
        return fitness

    @property
    def numbers(self) -> Indices:
        return self._numbers

    def fold(self, number: int, row: Array, losses: Array) -> None:
        self._numbers = np.append(self._numbers, number)
        self._X = np.concatenate([self._X, row[None]])
        self._F = np.concatenate([self._F, losses[None]])
        self._fitness = None
        if len(self._X) > self.size:
            gone = self._leaves()
            self._X, self._F = np.delete(self._X, gone, axis=0), np.delete(self._F, gone, axis=0)
            self._numbers = np.delete(self._numbers, gone)

    @abstractmethod
    def _leaves(self) -> int:
        """Index of the row that leaves."""


class Latest(_Listed):
    """The `size` latest results: the oldest leaves, however good it was (Real et al. 2019, aging evolution)."""

    def _leaves(self) -> int:
        return 0


class Fronts(_Listed):
    """The `size` best of several losses: when one comes, the last of the crowded order leaves (NSGA-II, mu + 1)."""

    def _leaves(self) -> int:
        return int(crowded_order(self._F)[-1])


def survivors(size: int, D: int, m: int) -> Population:
    """The `size` best of m losses."""
    return Fittest(size, D) if m == 1 else Fronts(size, D, m)
