"""Growing trees one by one, cell by cell in the order of their creation, as `grow` does level by level."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Mask
from hypersonde.models.forest.compiled.cuts import (
    best_set,
    best_threshold,
    random_set,
    random_thresholds,
    side_of_missing,
)
from hypersonde.models.forest.compiled.edges import stretch
from hypersonde.models.forest.compiled.jit import jit
from hypersonde.models.forest.compiled.scalars import ONE, TURN, ZERO, code_of, mix, turns_left, uniform
from hypersonde.models.forest.draws import LEFT, RIGHT, UInts
from hypersonde.models.forest.trees import Ints

__all__ = ["grow"]

Nodes = npt.NDArray[np.void]
Box = tuple[Array, Array, Ints, UInts, Mask, Array, Ints, Ints]
Bench = tuple[Array, Ints, Ints]
How = tuple[bool, int, int, int]
Choice = tuple[int, float, np.uint64]


@jit
def grow(
    X: Array,
    categorical: Mask,
    q: Ints,
    bags: Ints,
    keys: UInts,
    recipe: How,
    nodes: Nodes,
    depth: Ints,
    edges: Array,
    leaf: Ints,
    roots: Ints,
) -> int:
    """Grow one tree per bag (T, m) into the arrays of a `Growth`; returns how many nodes there are in all."""
    base, special = 0, _special(X, categorical)
    for t in range(len(bags)):
        roots[t] = base
        room = nodes[base:], depth[base:], edges[base:], leaf[t]
        base += _grow_tree(X, categorical, q, bags[t].copy(), keys[t], recipe, special, base, room)
    return base


@jit
def _special(X: Array, categorical: Mask) -> Ints:
    """Columns that are not plain numbers: sets, or sometimes inactive."""
    special = np.empty(X.shape[1], np.bool_)
    for j in range(X.shape[1]):
        special[j] = categorical[j] or np.isnan(X[:, j]).any()
    return np.flatnonzero(special)


@jit
def _grow_tree(
    X: Array,
    categorical: Mask,
    q: Ints,
    row: Ints,
    key: np.uint64,
    recipe: How,
    special: Ints,
    base: int,
    room: tuple[Nodes, Ints, Array, Ints],
) -> int:
    """One tree on the rows `row` (m,), whose nodes are numbered from `base` on; returns how many there are."""
    nodes, depth, edges, leaf = room
    m, D = len(row), X.shape[1]
    slot = np.arange(m)
    ranges = np.empty(D), np.empty(D), np.empty(D, np.int64), np.empty(D, np.uint64), np.empty(D, np.bool_)
    box = (*ranges, np.empty(D), np.empty(D, np.int64), np.empty(D, np.int64))
    bench = np.empty(m), np.empty(m, np.int64), np.empty(m, np.int64)
    firsts, lasts, keys = np.empty(2 * m, np.int64), np.empty(2 * m, np.int64), np.empty(2 * m, np.uint64)
    firsts[0], lasts[0], keys[0], depth[0], known, node = 0, m, key, 0, 1, 0
    while node < known:
        first, last, k = firsts[node], lasts[node], keys[node]
        at, threshold, mask = -1, 0.0, ZERO
        if depth[node] < recipe[3]:
            at, threshold, mask = _choose(X, categorical, q, row[first:last], k, recipe, special, box, bench)
        nodes[node]["column"], nodes[node]["threshold"], nodes[node]["mask"] = at, threshold, mask
        nodes[node]["left"], nodes[node]["seen"] = 0, ZERO
        edges[node] = 0.0
        if at < 0:
            leaf[slot[first:last]] = base + node
        else:
            choice = at, threshold, mask
            middle = first + _divide(X, row[first:last], slot[first:last], categorical[at], choice, edges, node, bench)
            nodes[node]["left"], nodes[node]["seen"] = base + known, box[3][at]
            firsts[known], lasts[known], keys[known] = first, middle, mix(k ^ LEFT)
            firsts[known + 1], lasts[known + 1], keys[known + 1] = middle, last, mix(k ^ RIGHT)
            depth[known : known + 2] = depth[node] + 1
            known += 2
        node += 1
    return known


@jit
def _choose(
    X: Array,
    categorical: Mask,
    q: Ints,
    row: Ints,
    key: np.uint64,
    recipe: How,
    special: Ints,
    box: Box,
    bench: Bench,
) -> Choice:
    """Column (-1: none), threshold and mask of the cut of a cell; leaves the cell's box in `box`."""
    random, columns, smallest, _ = recipe
    total, least, most = 0, q[row[0]], q[row[0]]
    for r in row:
        total += q[r]
        least, most = min(least, q[r]), max(most, q[r])
    best, at, threshold, mask = -np.inf, -1, 0.0, ZERO
    if len(row) < smallest or least == most:
        return at, threshold, mask
    if _survey(X, categorical, row, special, box) > columns:
        _look_at_some(key, columns, box[4])
    low, high, lost, present, looked, thresholds, n_left, s_left = box
    if random:
        random_thresholds(X, q, row, key, low, high, thresholds, n_left, s_left)
    for j in range(X.shape[1]):
        if not looked[j]:
            continue
        if random and categorical[j]:
            s, t, w = random_set(X, q, row, total, key, j, present[j])
        elif random:
            s, w = side_of_missing(X, q, row, total, j, lost[j], n_left[j], s_left[j])
            t = thresholds[j]
        elif categorical[j]:
            s, t, w = best_set(X, q, row, total, key, j, present[j])
        else:
            s, t, w = best_threshold(X, q, row, total, key, j, lost[j], bench[0], bench[1])
        if s > best:
            best, at, threshold, mask = s, j, t, w
    return at, threshold, mask


@jit
def _survey(X: Array, categorical: Mask, row: Ints, special: Ints, box: Box) -> int:
    """Fill in range, inactive rows, categories of each column and whether it varies; returns how many do."""
    low, high, lost, present, varied, _, _, _ = box
    low[:], high[:], lost[:], present[:] = np.inf, -np.inf, 0, ZERO
    for r in row:
        for j in range(X.shape[1]):
            v = X[r, j]
            low[j] = v if v < low[j] else low[j]
            high[j] = v if v > high[j] else high[j]
    for j in special:
        for r in row:
            if categorical[j]:
                present[j] |= ONE << code_of(X[r, j])
            else:
                lost[j] += np.isnan(X[r, j])
    count = 0
    for j in range(X.shape[1]):
        if categorical[j]:
            varied[j] = present[j] & (present[j] - ONE) != ZERO
        else:
            varied[j] = high[j] > low[j] or 0 < lost[j] < len(row)
            present[j] = ONE if lost[j] > 0 else ZERO
        count += varied[j]
    return count


@jit
def _look_at_some(key: np.uint64, columns: int, looked: Mask) -> None:
    """Leave `columns` of the columns that vary, at random."""
    turn = np.full(len(looked), np.inf)
    for j in range(len(looked)):
        if looked[j]:
            turn[j] = uniform(key, j, TURN)
    last = np.sort(turn)[columns - 1]
    for j in range(len(looked)):
        looked[j] = looked[j] and turn[j] <= last


@jit
def _divide(
    X: Array, row: Ints, slot: Ints, by_set: bool, choice: Choice, edges: Array, node: int, bench: Bench
) -> int:
    """Rows that go left to the front, in their order; fills in its edges; returns how many go left."""
    column, threshold, mask = choice
    at, rest = 0, 0
    _, row_right, slot_right = bench
    if not by_set:
        edges[node] = np.nan
    for i in range(len(row)):
        v = X[row[i], column]
        left = turns_left(v, by_set, threshold, mask)
        if not by_set:
            stretch(edges, node, v, left)
        if left:
            row[at], slot[at] = row[i], slot[i]
            at += 1
        else:
            row_right[rest], slot_right[rest] = row[i], slot[i]
            rest += 1
    row[at:], slot[at:] = row_right[:rest], slot_right[:rest]
    return at
