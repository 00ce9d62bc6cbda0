"""What a set of compromises between several objectives is worth: dominance and dominated volume.

All objectives are LOWER IS BETTER. While, Bradstreet and Barone (2012), "A fast way of calculating exact hypervolumes"
(WFG), with sweeps for two and three objectives.
"""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array, Mask

__all__ = ["contributions", "hypervolume", "pareto_mask"]


def pareto_mask(Y: Array) -> Mask:
    """(n,) True where no other row of ``Y`` (n, m) is at least as good in all objectives and better in one.

    >>> pareto_mask(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0], [3.0, 1.0]])).tolist()
    [True, True, False, True]
    """
    order = np.lexsort(Y.T[::-1])
    rows, alive = Y[order], np.ones(len(Y), dtype=np.bool_)
    for i in range(len(rows)):
        if alive[i]:
            later = np.flatnonzero(alive[i + 1 :]) + i + 1
            alive[later] = (rows[later] < rows[i]).any(axis=1) | (rows[later] == rows[i]).all(axis=1)
    mask = np.zeros(len(Y), dtype=np.bool_)
    mask[order] = alive
    return mask


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
    """Three objectives: slices along the third, each an area."""
    front = front[np.argsort(front[:, 2], kind="stable")]
    thickness = np.append(front[1:, 2], reference[2]) - front[:, 2]
    slices = (hypervolume(front[: i + 1, :2], reference[:2]) for i in np.flatnonzero(thickness > 0))
    return float(sum(area * d for area, d in zip(slices, thickness[thickness > 0], strict=True)))


def _recursive(front: Array, reference: Array) -> float:
    """More objectives: the exclusive volume of each row over those behind it (WFG, algorithm 2)."""
    front = front[np.argsort(-front[:, -1], kind="stable")]
    return sum(_exclusive(front[i], front[i + 1 :], reference) for i in range(len(front)))
