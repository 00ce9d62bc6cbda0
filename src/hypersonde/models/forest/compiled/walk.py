"""Rows walking from root to leaf one by one, as `walk` does for all at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Mask
from hypersonde.models.forest.compiled.edges import stretch
from hypersonde.models.forest.compiled.jit import jit
from hypersonde.models.forest.compiled.scalars import ONE, ZERO, code_of, turns_left
from hypersonde.models.forest.trees import Ints
from hypersonde.models.forest.walk import DISTANCE, NARROWEST, STRANGER

__all__ = ["absorb", "answers"]

ABREAST = 32
"""Rows that walk side by side."""

Nodes = npt.NDArray[np.void]


@jit
def answers(
    roots: Ints,
    nodes: Nodes,
    edges: Array,
    beliefs: Array,
    X: Array,
    categorical: Mask,
    mean: Array,
    variance: Array,
) -> None:
    """Fill in mean and variance (T, n) of each tree at ``X`` (n, D).

    Tree by tree, so that a tree stays in the cache; rows walk side by side, so that they wait for memory together.
    """
    node, stay, far = np.empty(ABREAST, np.int64), np.empty(ABREAST), np.empty(ABREAST)
    walking = np.empty(ABREAST, np.int64)
    for t in range(len(roots)):
        for first in range(0, len(X), ABREAST):
            rows = min(ABREAST, len(X) - first)
            for k in range(rows):
                node[k], stay[k], far[k], walking[k] = roots[t], 1.0, 0.0, k
            left_over = rows
            while left_over > 0:
                still = 0
                for k in range(left_over):
                    i = walking[k]
                    at = node[i]
                    j = nodes[at]["column"]
                    if j >= 0:
                        v, by_set = X[first + i, j], categorical[j]
                        left = turns_left(v, by_set, nodes[at]["threshold"], nodes[at]["mask"])
                        leave = stay[i] * _chance_to_leave(v, by_set, left, edges, at, nodes[at]["seen"])
                        far[i] += leave * beliefs[at, 2]
                        stay[i] -= leave
                        node[i] = nodes[at]["left"] + (0 if left else 1)
                        walking[still] = i
                        still += 1
                left_over = still
            for k in range(rows):
                mean[t, first + k] = beliefs[node[k], 1]
                variance[t, first + k] = DISTANCE * far[k] + stay[k] * beliefs[node[k], 2]


@jit
def _chance_to_leave(v: float, by_set: bool, left: bool, edges: Array, at: int, seen: np.uint64) -> float:
    # The row of `edges` is not passed as a view: counting references to it would take most of the time.
    if by_set or np.isnan(v):
        code = code_of(v) if by_set else ZERO
        return 0.0 if (seen >> code) & ONE == ONE else STRANGER
    near, far = (edges[at, 0] - v, v - edges[at, 1]) if left else (edges[at, 2] - v, v - edges[at, 3])
    gap = near if near > 0.0 else 0.0
    gap = far if far > gap else gap
    return float(gap / max(gap + (edges[at, 3] - edges[at, 0]), NARROWEST))


@jit
def absorb(roots: Ints, nodes: Nodes, edges: Array, beliefs: Array, X: Array, Y: Array, categorical: Mask) -> None:
    """Each row walks to its leaf in each tree; edges and beliefs change in place."""
    for t in range(len(roots)):
        for i in range(len(X)):
            at = roots[t]
            _learn(beliefs, at, Y[t, i])
            j = nodes[at]["column"]
            while j >= 0:
                left = turns_left(X[i, j], categorical[j], nodes[at]["threshold"], nodes[at]["mask"])
                if not categorical[j]:
                    stretch(edges, at, X[i, j], left)
                at = nodes[at]["left"] + (0 if left else 1)
                _learn(beliefs, at, Y[t, i])
                j = nodes[at]["column"]


@jit
def _learn(beliefs: Array, at: int, y: float) -> None:
    n, mean, variance = beliefs[at, 0], beliefs[at, 1], beliefs[at, 2]
    gap = y - mean
    mean = mean + gap / (n + 1)
    beliefs[at, 0], beliefs[at, 1], beliefs[at, 2] = n + 1, mean, (n * variance + gap * (y - mean)) / (n + 1)
