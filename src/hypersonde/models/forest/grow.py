"""Growing all trees at once, level by level, in numpy: the reference that `compiled` agrees with to the last bit.

Geurts, Ernst and Wehenkel (2006), "Extremely randomized trees"; Breiman (2001), "Random forests".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Mask
from hypersonde.models.forest.cuts import best_cut, random_cut, usable
from hypersonde.models.forest.draws import TURN, UInts, uniform
from hypersonde.models.forest.level import Cut, Level, Table, goes_left
from hypersonde.models.forest.trees import LEAF, NODE, Growth, Ints

__all__ = ["Recipe", "grow"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How cells are split.

    Attributes
    ----------
    random : cut at random; otherwise at the best place.
    columns : how many columns to look at in each cell.
    smallest : cells with fewer rows stay whole.
    deepest : cells this far from the root stay whole.
    """

    random: bool
    columns: int
    smallest: int
    deepest: int = 1_000_000


def grow(table: Table, bags: Ints, keys: UInts, recipe: Recipe) -> Growth:
    """One tree for each bag (T, m) of rows, with the random numbers that the keys (T,) stand for."""
    trees, size = bags.shape
    most = trees * (2 * size - 1)
    nodes, edges, depth = np.zeros(most, dtype=NODE), np.zeros((most, 4)), np.zeros(most, dtype=np.int64)
    nodes["column"] = LEAF
    leaf, known, deep = np.empty(trees * size, dtype=np.int64), trees, 0
    level = Level(np.arange(trees), keys, bags.ravel(), np.arange(trees * size), np.full(trees, size))
    while len(level.node):
        leaf[level.slot] = np.repeat(level.node, level.count)
        whole = (level.count < recipe.smallest) | ~level.impure(table.output) | (deep >= recipe.deepest)
        level = level.only(~whole)
        level, cut = _split(table, level, recipe)
        left = _write(table, level, cut, nodes, edges, known) if len(level.node) else np.zeros(0, dtype=np.bool_)
        level = level.children(left, known)
        known, deep = known + len(level.node), deep + 1
        depth[level.node] = deep
    return Growth(np.arange(trees), nodes[:known], depth[:known], edges[:known], leaf.reshape(bags.shape))


def _split(table: Table, level: Level, recipe: Recipe) -> tuple[Level, Cut]:
    """The cells that can be split, and how: the best cut among the columns looked at, the first if equal."""
    cut = Cut.none(len(level.node))
    if len(level.node):
        looked = _looked_at(table, level, recipe)
        for column in np.flatnonzero(looked.any(axis=0)):
            part = level.only(looked[:, column])
            make = random_cut if recipe.random else best_cut
            cut = cut.improve(np.flatnonzero(looked[:, column]), make(table, part, int(column)))
    splits = cut.score > -np.inf
    return level.only(splits), cut.at(splits)


def _looked_at(table: Table, level: Level, recipe: Recipe) -> Mask:
    """(c, D) True where a cell looks at a column: a random subset of those that vary in it."""
    varied = np.stack([usable(table, level, j) for j in range(len(table.values))], axis=1)
    if recipe.columns >= varied.shape[1]:
        return varied
    turn = np.stack([uniform(level.key, j, TURN) for j in range(varied.shape[1])], axis=1)
    turn[~varied] = np.inf
    last = np.sort(turn, axis=1)[:, recipe.columns - 1]
    return varied & (turn <= last[:, None])


def _write(table: Table, level: Level, cut: Cut, nodes: npt.NDArray[np.void], edges: Array, known: int) -> Mask:
    """Write the cells' cuts into `nodes` and `edges`; returns which rows (R,) go left."""
    at, cell, start = level.node, level.cell, level.start
    nodes["column"][at], nodes["left"][at] = cut.column, known + 2 * np.arange(len(at))
    nodes["threshold"][at], nodes["mask"][at], nodes["seen"][at] = cut.threshold, cut.mask, cut.seen
    value, by_set = table.values[cut.column[cell], level.row], table.categorical[cut.column]
    left = goes_left(value, by_set[cell], cut.threshold[cell], cut.mask[cell])
    edge = (
        np.fmin.reduceat(value, start),
        np.fmax.reduceat(np.where(left, value, np.nan), start),
        np.fmin.reduceat(np.where(left, np.nan, value), start),
        np.fmax.reduceat(value, start),
    )
    edges[at] = np.where(by_set[:, None], 0.0, np.stack(edge, axis=1))
    return left
