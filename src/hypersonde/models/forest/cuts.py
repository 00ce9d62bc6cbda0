"""Ways to split the cells of a level along one column: at random, or at the best place.

Scores are the between-group sum of squares up to a constant of the cell: s_l^2 / n_l + s_r^2 / n_r, larger is better.
"""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.models.forest.draws import SUBSET, THRESHOLD, UInts, bits, uniform
from hypersonde.models.forest.level import Cut, Level, Table, goes_left
from hypersonde.models.forest.trees import INACTIVE, Ints

__all__ = ["best_cut", "random_cut", "usable"]

ONE = np.uint64(1)


def usable(table: Table, level: Level, column: int) -> Mask:
    """(c,) True where the column takes at least two values in a cell, inactive being one."""
    value, start = table.values[column, level.row], level.start
    if table.categorical[column]:
        present = _present(value, start)
        several: Mask = (present & (present - ONE)) != 0
        return several
    low, high = np.fmin.reduceat(value, start), np.fmax.reduceat(value, start)
    missing = np.add.reduceat(np.isnan(value).astype(np.int64), start)
    varied: Mask = (high > low) | ((missing > 0) & (missing < level.count))
    return varied


def random_cut(table: Table, level: Level, column: int) -> Cut:
    """A threshold uniform in the box of the cell, or a random set of its categories (Geurts et al. 2006)."""
    if table.categorical[column]:
        return _random_set(table, level, column)
    value, start = table.values[column, level.row], level.start
    low, high = np.fmin.reduceat(value, start), np.fmax.reduceat(value, start)
    threshold = low + uniform(level.key, column, THRESHOLD) * (high - low)
    threshold = np.where(threshold >= high, low, threshold)
    return _with_missing(table, level, column, threshold)


def best_cut(table: Table, level: Level, column: int) -> Cut:
    """The threshold, or set of categories, with the highest score (Breiman 2001; Fisher 1958 for sets)."""
    if table.categorical[column]:
        return _best_set(table, level, column)
    value, q = table.values[column, level.row], table.output[level.row]
    cell, start = level.cell, level.start
    order = np.lexsort((value, cell))
    value, q = value[order], q[order]
    missing = np.isnan(value)
    lost, lost_sum = (
        np.add.reduceat(missing.astype(np.int64), start),
        np.add.reduceat(np.where(missing, q, 0), start),
    )
    total = np.add.reduceat(q, start)
    running = np.cumsum(q)
    n_left = np.arange(len(q)) - start[cell] + 1
    s_left = running - (running - q)[start][cell]
    following = np.append(value[1:], np.nan)
    last = n_left == (level.count - lost)[cell]
    inside = (following > value) & ~last
    against = last & (lost[cell] > 0) & ~missing
    right = _score(n_left, s_left, level.count[cell], total[cell], inside | against)
    left = _score(n_left + lost[cell], s_left + lost_sum[cell], level.count[cell], total[cell], inside)
    score = np.maximum(right, left)
    best = np.maximum.reduceat(score, start)
    at = np.minimum.reduceat(np.where(score == best[cell], np.arange(len(q)), len(q)), start)
    below, above = value[at], np.where(inside[at], following[at], value[at])
    threshold = below + uniform(level.key, column, THRESHOLD) * (above - below)
    threshold = np.where(threshold >= above, below, threshold)
    mask = (left[at] > right[at]).astype(np.uint64)
    return Cut(best, np.full(len(best), column), threshold, mask, (lost > 0).astype(np.uint64))


def _score(n_left: Ints, s_left: Ints, n: Ints, s: Ints, valid: Mask) -> Array:
    n_right, s_right = n - n_left, (s - s_left).astype(np.float64)
    valid = valid & (n_left > 0) & (n_right > 0)
    s_l = s_left.astype(np.float64)
    score = s_l * s_l / np.maximum(n_left, 1) + s_right * s_right / np.maximum(n_right, 1)
    return np.where(valid, score, -np.inf)


def _with_missing(table: Table, level: Level, column: int, threshold: Array) -> Cut:
    """The thresholds (c,), with inactive rows on the side that scores higher."""
    value, q, start = table.values[column, level.row], table.output[level.row], level.start
    missing, left = np.isnan(value), value <= np.repeat(threshold, level.count)
    lost, lost_sum = np.add.reduceat(missing.astype(np.int64), start), np.add.reduceat(np.where(missing, q, 0), start)
    n_left, s_left = np.add.reduceat(left.astype(np.int64), start), np.add.reduceat(np.where(left, q, 0), start)
    n, s = level.count, np.add.reduceat(q, start)
    valid = np.ones(len(n), dtype=np.bool_)
    right = _score(n_left, s_left, n, s, valid)
    left_too = _score(n_left + lost, s_left + lost_sum, n, s, valid)
    mask = (left_too > right).astype(np.uint64)
    return Cut(np.maximum(right, left_too), np.full(len(n), column), threshold, mask, (lost > 0).astype(np.uint64))


def _codes(value: Array) -> Ints:
    """(R,) category of each row, inactive ones as `INACTIVE`."""
    return np.where(np.isnan(value), INACTIVE, np.nan_to_num(value)).astype(np.int64)


def _present(value: Array, start: Ints) -> UInts:
    """(c,) bits of the categories that occur in each cell."""
    present: UInts = np.bitwise_or.reduceat(ONE << _codes(value).astype(np.uint64), start)
    return present


def _random_set(table: Table, level: Level, column: int) -> Cut:
    value, q, start = table.values[column, level.row], table.output[level.row], level.start
    present, drawn = _present(value, start), bits(level.key, column, THRESHOLD)
    inside = drawn & present
    alone = _one_of(present, bits(level.key, column, SUBSET) & np.uint64(63))
    inside = np.where((inside == 0) | (inside == present), alone, inside)
    mask = inside | (drawn & ~present)
    left = goes_left(value, True, value, np.repeat(mask, level.count))
    n_left, s_left = np.add.reduceat(left.astype(np.int64), start), np.add.reduceat(np.where(left, q, 0), start)
    n = level.count
    score = _score(n_left, s_left, n, np.add.reduceat(q, start), np.ones(len(n), dtype=np.bool_))
    return Cut(score, np.full(len(n), column), np.zeros(len(n)), mask, present)


def _one_of(present: UInts, turn: UInts) -> UInts:
    """(c,) one set bit of `present`: the first one after `turn` (0 .. 63) places, round and round."""
    back = (np.uint64(64) - turn) & np.uint64(63)
    turned = (present >> turn) | (present << back)
    lowest = turned & (~turned + ONE)
    alone: UInts = (lowest << turn) | (lowest >> back)
    return alone


def _best_set(table: Table, level: Level, column: int) -> Cut:
    """Categories in order of their means: the best set is a prefix (Fisher 1958)."""
    value, q, cell = table.values[column, level.row], table.output[level.row], level.cell
    cells, codes = len(level.count), _codes(value)
    place = cell * (INACTIVE + 1) + codes
    n, sums = np.bincount(place, minlength=cells * 64).reshape(cells, 64), np.zeros(cells * 64, dtype=np.int64)
    np.add.at(sums, place, q)
    s = sums.reshape(cells, 64)
    order = np.argsort(np.where(n > 0, s / np.maximum(n, 1), np.inf), axis=1, kind="stable")
    n_left, s_left = (
        np.cumsum(np.take_along_axis(n, order, 1), axis=1),
        np.cumsum(np.take_along_axis(s, order, 1), axis=1),
    )
    valid = np.take_along_axis(n, order, 1) > 0
    score = _score(n_left, s_left, level.count[:, None], s.sum(axis=1)[:, None], valid)
    at = np.argmax(score, axis=1)
    flags = np.where(np.arange(64) <= at[:, None], ONE << order.astype(np.uint64), np.uint64(0))
    present = np.bitwise_or.reduce(np.where(n > 0, ONE << np.arange(64, dtype=np.uint64), np.uint64(0)), axis=1)
    mask = np.bitwise_or.reduce(flags, axis=1) | (bits(level.key, column, THRESHOLD) & ~present)
    best = np.take_along_axis(score, at[:, None], 1)[:, 0]
    return Cut(best, np.full(cells, column), np.zeros(cells), mask, present)
