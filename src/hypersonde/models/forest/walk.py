"""Rows walking from root to leaf in numpy: what trees predict, and how new points change what they believe.

A row may lie outside the box of the training rows of a cell on its way. Had it been one of them, a random cut
could have separated it there, with the chance ``p = gap / (gap + width)`` along the column that the cell tests.
With that chance the tree answers with the variance of that larger cell, so that the uncertainty grows far from data
(after Lakshminarayanan, Roy and Teh 2014, "Mondrian forests", section 4). The mean is the leaf's: returning to the
means of larger cells as well made predictions worse on all functions tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.models.forest.level import goes_left
from hypersonde.models.forest.trees import LEAF, Ints, Trees

__all__ = ["DISTANCE", "NARROWEST", "STRANGER", "absorb", "answers"]

DISTANCE: Final = 3.0
"""How many variances of the larger cell a separated row is worth; best likelihood of held-out outputs of 1, 2, 3."""
NARROWEST: Final = 1e-300
"""A box is not narrower than this."""
STRANGER: Final = 0.5
"""The chance of leaving at a cell that never saw the row's category (or its being inactive)."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Walkers (k,) at inner nodes: their place among all, node, value of the tested column, and where they turn."""

    walker: Ints
    node: Ints
    value: Array
    by_set: Mask
    left: Mask


def answers(trees: Trees, X: Array, categorical: Mask) -> tuple[Array, Array]:
    """Mean and variance (T, n) of each tree at the rows of ``X`` (n, D)."""
    shape = (len(trees.roots), len(X))
    far, stay, leaf = np.zeros(shape).ravel(), np.ones(shape).ravel(), np.repeat(trees.roots, len(X))
    for step in _steps(trees, X, categorical):
        leave = stay[step.walker] * _chance_to_leave(trees, step)
        far[step.walker] += leave * trees.beliefs[step.node, 2]
        stay[step.walker] -= leave
        leaf[step.walker] = trees.nodes["left"][step.node] + ~step.left
    _, mean, variance = trees.beliefs[leaf].T
    return mean.reshape(shape), (DISTANCE * far + stay * variance).reshape(shape)


def absorb(trees: Trees, X: Array, Y: Array, categorical: Mask) -> None:
    """Each row of ``X`` (m, D) walks to its leaf in each tree, with an output ``Y`` (T, m) for each.

    Changes edges and beliefs in place.
    """
    for i in range(len(X)):
        _learn(trees.beliefs, trees.roots, Y[:, i])
        for step in _steps(trees, X[i : i + 1], categorical):
            _stretch(trees.edges, step)
            _learn(trees.beliefs, trees.nodes["left"][step.node] + ~step.left, Y[step.walker, i])


def _steps(trees: Trees, X: Array, categorical: Mask) -> Iterator[Step]:
    """All rows in all trees, one node deeper at a time, while they are at inner nodes."""
    walker = np.arange(len(trees.roots) * len(X))
    node = np.repeat(trees.roots, len(X))
    while len(walker):
        column = trees.nodes["column"][node]
        inner = column != LEAF
        walker, node, column = walker[inner], node[inner], column[inner]
        value, by_set = X[walker % len(X), column], categorical[column]
        left = goes_left(value, by_set, trees.nodes["threshold"][node], trees.nodes["mask"][node])
        yield Step(walker, node, value, by_set, left)
        node = trees.nodes["left"][node] + ~left


def _chance_to_leave(trees: Trees, step: Step) -> Array:
    """(k,) the chance p that a cut would have separated the walker from the cell's training rows."""
    low, left_high, right_low, high = trees.edges[step.node].T
    gap = np.where(
        step.left,
        np.fmax(low - step.value, step.value - left_high),
        np.fmax(right_low - step.value, step.value - high),
    )
    gap = np.fmax(gap, 0.0)
    missing = np.isnan(step.value)
    code = np.where(missing, np.where(step.by_set, 63, 0), np.nan_to_num(step.value)).astype(np.uint64)
    strange = (trees.nodes["seen"][step.node] >> code) & np.uint64(1) == 0
    apart = gap / np.fmax(gap + (high - low), NARROWEST)
    return np.where(step.by_set | missing, np.where(strange, STRANGER, 0.0), apart)


def _learn(beliefs: Array, cells: Ints, y: Array) -> None:
    """One more output (k,) in each of different cells (k,) (Welford 1962)."""
    n, mean, variance = beliefs[cells].T
    gap = y - mean
    mean = mean + gap / (n + 1)
    beliefs[cells] = np.stack((n + 1, mean, (n * variance + gap * (y - mean)) / (n + 1)), axis=1)


def _stretch(edges: Array, step: Step) -> None:
    """Boxes grow to hold the walkers."""
    low, left_high, right_low, high = edges[step.node].T
    edges[step.node] = np.stack(
        (
            np.fmin(low, step.value),
            np.where(step.left, np.fmax(left_high, step.value), left_high),
            np.where(step.left, right_low, np.fmin(right_low, step.value)),
            np.fmax(high, step.value),
        ),
        axis=1,
    )
