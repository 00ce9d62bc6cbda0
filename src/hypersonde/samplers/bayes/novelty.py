"""Rows that no trial has had and that nothing rules out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array
from hypersonde.trials import History

__all__ = ["Novelty"]

_BLOCK = 16
_LAST_DRAWS = 2_048


class Novelty:
    """Hands out each configuration once: none of the history, none that was taken from here before."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._encoding = history.problem.encoding
        self._taken: set[bytes] = set()

    def first(self, X: Array, order: npt.NDArray[np.int64]) -> int | None:
        """Index of the first new and allowed row of ``X`` (n, D) in this ``order``, which is taken then."""
        for start in range(0, len(order), _BLOCK):
            block = order[start : start + _BLOCK]
            new = self.new(X[block])
            if new.any():
                i = int(block[np.argmax(new)])
                self.take(X[[i]])
                return i
        return None

    def admits(self, x: Array) -> bool:
        """Whether the row ``x`` (D,) is new and allowed; it is taken then."""
        return self.first(x[None], np.zeros(1, dtype=np.int64)) is not None

    def new(self, X: Array) -> npt.NDArray[np.bool_]:
        """(n,) mask of the rows ``X`` (n, D) that are still to be had."""
        free = ~self._history.knows(X)
        if self._taken:
            free &= np.array([key not in self._taken for key in self._encoding.keys(X)], dtype=np.bool_)
        if self._encoding.constrained and free.any():
            free[free] = self._encoding.allowed(X[free])
        return free

    def take(self, X: Array) -> None:
        """Mark the rows ``X`` (n, D) as taken."""
        self._taken.update(self._encoding.keys(X))

    def draw(self, count: int, source: Callable[[int], Array]) -> Array:
        """Up to ``count`` rows from ``source(n)`` -> (n, D); fewer when next to nothing new is left."""
        found: dict[bytes, Array] = {}
        for attempt in (count, 4 * count, max(_LAST_DRAWS, count)):
            X = source(attempt)
            X = X[self.new(X)]
            for key, x in zip(self._encoding.keys(X), X, strict=True):
                if len(found) < count:
                    found.setdefault(key, x)
            if len(found) == count:
                break
        self._taken.update(found)
        return np.array(list(found.values())).reshape(len(found), len(self._encoding.columns))
