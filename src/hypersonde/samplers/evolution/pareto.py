"""Who is better when there are several losses: non-dominated fronts and crowding.

K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, A fast and elitist multiobjective genetic algorithm: NSGA-II,
IEEE Transactions on Evolutionary Computation 6(2), 2002. Letters: ``F`` (n, m) losses, finite, LOWER IS BETTER.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array

__all__ = ["Indices", "crowded_order", "crowding", "fronts"]

Indices = npt.NDArray[np.int64]


def fronts(F: Array) -> Indices:
    """(n,) number of the front of each row: 0 is dominated by nobody, 1 only by front 0, ... (section III-A).

    >>> fronts(np.array([[0.0, 2.0], [1.0, 1.0], [2.0, 2.0]])).tolist()
    [0, 0, 1]
    """
    dominates = np.all(F[:, None] <= F, axis=2) & np.any(F[:, None] < F, axis=2)
    better = dominates.sum(axis=0)
    rank = np.full(len(F), -1, dtype=np.int64)
    front = 0
    while np.any(rank < 0):
        now = (better == 0) & (rank < 0)
        rank[now] = front
        better = better - dominates[now].sum(axis=0)
        front += 1
    return rank


def crowding(F: Array) -> Array:
    """(n,) crowding distances within one front: inf at the ends of each loss, else the sides of the cuboid
    between the neighbours, in shares of the front's extent (section III-B).

    >>> crowding(np.array([[0.0, 4.0], [1.0, 1.0], [4.0, 0.0]])).tolist()
    [inf, 2.0, inf]
    """
    distance = np.zeros(len(F))
    for f in F.T:
        order = np.argsort(f, kind="stable")
        extent = f[order[-1]] - f[order[0]]
        distance[order[[0, -1]]] = np.inf
        if extent > 0.0:
            distance[order[1:-1]] += (f[order[2:]] - f[order[:-2]]) / extent
    return distance


def crowded_order(F: Array) -> Indices:
    """(n,) indices from best to worst by the crowded comparison: lower front, then larger distance, then index."""
    rank = fronts(F)
    distance = np.empty(len(F))
    for front in range(int(rank.max(initial=-1)) + 1):
        members = np.flatnonzero(rank == front)
        distance[members] = crowding(F[members])
    return np.lexsort((-distance, rank))
