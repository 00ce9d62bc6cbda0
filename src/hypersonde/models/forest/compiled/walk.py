"""Rows walking from root to leaf one by one, as `walk` does for all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Mask
from hypersonde.models.forest.compiled.edges import stretch
from hypersonde.models.forest.compiled.jit import jit
from hypersonde.models.forest.compiled.scalars import ONE, ZERO, code_of, turns_left
from hypersonde.models.forest.trees import Ints
from hypersonde.models.forest.walk import DISTANCE, STRANGER

__all__ = ["absorb", "answers"]

Nodes = npt.NDArray[np.void]


@jit
def answers(
    roots: Ints, nodes: Nodes, edges: Array, beliefs: Array, X: Array, categorical: Mask, mean: Array, variance: Array
) -> None:
    """Fill in mean and variance (T, n) of each tree at ``X`` (n, D), tree by tree, so that it stays in the cache."""
    for t in range(len(roots)):
        for i in range(len(X)):
            at, stay, far = roots[t], 1.0, 0.0
            j = nodes[at]["column"]
            while j >= 0:
                v, by_set = X[i, j], categorical[j]
                left = turns_left(v, by_set, nodes[at]["threshold"], nodes[at]["mask"])
                leave = stay * _chance_to_leave(v, by_set, left, edges[at], nodes[at]["seen"])
                far += leave * beliefs[at, 2]
                stay -= leave
                at = nodes[at]["left"] + (0 if left else 1)
                j = nodes[at]["column"]
            mean[t, i] = beliefs[at, 1]
            variance[t, i] = DISTANCE * far + stay * beliefs[at, 2]


@jit
def _chance_to_leave(v: float, by_set: bool, left: bool, edge: Array, seen: np.uint64) -> float:
    if by_set or np.isnan(v):
        code = code_of(v) if by_set else ZERO
        return 0.0 if (seen >> code) & ONE == ONE else STRANGER
    near, far = (edge[0] - v, v - edge[1]) if left else (edge[2] - v, v - edge[3])
    gap = 0.0
    if near > gap:
        gap = near
    if far > gap:
        gap = far
    return float(gap / (gap + (edge[3] - edge[0]))) if gap > 0.0 else 0.0


@jit
def absorb(roots: Ints, nodes: Nodes, edges: Array, beliefs: Array, X: Array, y: Array, categorical: Mask) -> None:
    """Each row walks to its leaf in each tree; edges and beliefs change in place."""
    for t in range(len(roots)):
        for i in range(len(X)):
            at = roots[t]
            _learn(beliefs[at], y[i])
            j = nodes[at]["column"]
            while j >= 0:
                left = turns_left(X[i, j], categorical[j], nodes[at]["threshold"], nodes[at]["mask"])
                if not categorical[j]:
                    stretch(edges[at], X[i, j], left)
                at = nodes[at]["left"] + (0 if left else 1)
                _learn(beliefs[at], y[i])
                j = nodes[at]["column"]


@jit
def _learn(belief: Array, y: float) -> None:
    n, mean, variance = belief
    gap = y - mean
    mean = mean + gap / (n + 1)
    belief[0], belief[1], belief[2] = n + 1, mean, (n * variance + gap * (y - mean)) / (n + 1)
