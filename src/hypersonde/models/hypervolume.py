"""What a set of compromises between several objectives is worth: dominance and dominated volume.

All objectives are LOWER IS BETTER. While, Bradstreet and Barone (2012), "A fast way of calculating exact hypervolumes"
(WFG), with sweeps for two and three objectives: from the best to the worst of the last one, over a staircase of the
others (Kung, Luccio and Preparata 1975; Fonseca, Paquete and Lopez-Ibanez 2006).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TypeAlias

import numpy as np

from hypersonde.columns import Array, Mask

__all__ = ["Staircase", "Strip", "contributions", "hypervolume", "pareto_mask"]

Strip: TypeAlias = tuple[float, float, float]
"""(left, right, ceiling): what lies between two values of the first objective and below one of the second."""


class Staircase:
    """Points of two objectives of which none dominates another, all below ``reference``."""

    def __init__(self, reference: tuple[float, float] = (np.inf, np.inf)) -> None:
        self._x, self._y = [-np.inf, reference[0]], [reference[1], -np.inf]

    @property
    def strips(self) -> list[Strip]:
        """What nothing dominates, from left to right; without a floor."""
        return list(zip(self._x[:-1], self._x[1:], self._y[:-1], strict=True))

    def covers(self, x: float, y: float) -> bool:
        """Whether a point of it is at least as good in both."""
        return self._y[bisect_right(self._x, x) - 1] <= y

    def insert(self, x: float, y: float) -> tuple[list[Strip], list[Strip]]:
        """Take in a point that nothing covers; the strips that are no more, and those in their place.

        >>> stairs = Staircase((3.0, 3.0))
        >>> stairs.insert(1.0, 2.0)
        ([(-inf, 3.0, 3.0)], [(-inf, 1.0, 3.0), (1.0, 3.0, 2.0)])
        """
        first = last = bisect_left(self._x, x)
        while self._y[last] >= y:
            last += 1
        X, Y = self._x[first - 1 : last + 1], self._y[first - 1 : last]
        gone = list(zip(X[:-1], X[1:], Y, strict=True))
        self._x[first:last], self._y[first:last] = [x], [y]
        return gone, [(X[0], x, Y[0]), (x, X[-1], y)]


def pareto_mask(Y: Array) -> Mask:
    """(n,) True where no other row of ``Y`` (n, m) is at least as good in all objectives and better in one.

    >>> pareto_mask(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0], [3.0, 1.0]])).tolist()
    [True, True, False, True]
    """
    order = np.lexsort(Y.T[::-1])
    mask = np.zeros(len(Y), dtype=np.bool_)
    mask[order] = {2: _alive_of_two, 3: _alive_of_three}.get(Y.shape[1], _alive)(Y[order])
    return mask


def _alive(rows: Array) -> Mask:
    """The mask of rows in lexicographic order: none is dominated by a later one."""
    alive = np.ones(len(rows), dtype=np.bool_)
    for i in range(len(rows)):
        if alive[i]:
            later = np.flatnonzero(alive[i + 1 :]) + i + 1
            alive[later] = (rows[later] < rows[i]).any(axis=1) | (rows[later] == rows[i]).all(axis=1)
    return alive


def _alive_of_two(rows: Array) -> Mask:
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    lowest = np.minimum.accumulate(np.append(np.inf, rows[:-1, 1]))
    first_alike = np.maximum.accumulate(np.where(fresh, np.arange(len(rows)), 0))
    return np.asarray((rows[:, 1] < lowest)[first_alike])


def _alive_of_three(rows: Array) -> Mask:
    alive = np.zeros(len(rows), dtype=np.bool_)
    stairs, before = Staircase(), (np.nan, np.nan, np.nan)
    for i, (x, y, z) in enumerate(rows.tolist()):
        if before == (x, y, z):
            alive[i] = alive[i - 1]
        elif not stairs.covers(y, z):
            stairs.insert(y, z)
            alive[i] = True
        before = (x, y, z)
    return alive


def hypervolume(Y: Array, reference: Array) -> float:
    """The volume between the rows of ``Y`` (n, m) and the reference point (m,), exact.

    Rows that are not better than the reference in every objective add nothing.

    >>> hypervolume(np.array([[1.0, 2.0], [2.0, 1.0]]), np.array([3.0, 3.0]))
    3.0
    """
    Y = Y[np.less(Y, reference).all(axis=1)]
    if not len(Y):
        return 0.0
    front = np.unique(Y[pareto_mask(Y)], axis=0)
    if Y.shape[1] == 1:
        return float(reference[0] - front[0, 0])
    if Y.shape[1] == 2:
        return _area(front, reference)
    if Y.shape[1] == 3:
        return _volume(front, reference)
    return _recursive(front, reference)


def contributions(Y: Array, reference: Array) -> Array:
    """(n,) the volume that would be lost without each row of ``Y`` (n, m) alone; 0 where another one covers it.

    >>> contributions(np.array([[1.0, 2.0], [2.0, 1.0], [2.5, 2.5]]), np.array([3.0, 3.0])).tolist()
    [1.0, 1.0, 0.0]
    """
    alone = np.zeros(len(Y))
    inside = np.flatnonzero(np.less(Y, reference).all(axis=1))
    for i in inside[pareto_mask(Y[inside])]:
        alone[i] = _exclusive(Y[i], Y[inside[inside != i]], reference)
    return alone


def _exclusive(y: Array, others: Array, reference: Array) -> float:
    """The volume that ``y`` (m,) dominates and no row of `others` (k, m) does (WFG, eq. 2)."""
    box = float(np.prod(reference - y))
    return max(box - hypervolume(np.maximum(others, y), reference), 0.0) if len(others) else box


def _area(front: Array, reference: Array) -> float:
    """Two objectives, rows in ascending order of the first: one strip for each row."""
    ceilings = np.append(reference[1], front[:-1, 1])
    return float(np.sum((reference[0] - front[:, 0]) * (ceilings - front[:, 1])))


def _volume(front: Array, reference: Array) -> float:
    """Three objectives: slices along the third, the area of each grown by what its point adds."""
    front = front[np.argsort(front[:, 2], kind="stable")]
    depths = np.append(front[:, 2], reference[2]).tolist()
    stairs, area, volume = Staircase((float(reference[0]), float(reference[1]))), 0.0, 0.0
    for (x, y, z), end in zip(front.tolist(), depths[1:], strict=True):
        gone, _ = stairs.insert(x, y)
        area += sum((right - max(left, x)) * (ceiling - y) for left, right, ceiling in gone)
        volume += area * (end - z)
    return volume


def _recursive(front: Array, reference: Array) -> float:
    """More objectives: the exclusive volume of each row over those behind it (WFG, algorithm 2)."""
    front = front[np.argsort(-front[:, -1], kind="stable")]
    return sum(_exclusive(front[i], front[i + 1 :], reference) for i in range(len(front)))
