"""Ways to split one cell along one column; each returns score, threshold and mask as `cuts` does for a level.

A cell is the rows `row[first:last]` of ``X`` (n, D) with integer outputs `q` (n,) that sum to `total`.
"""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.forest.compiled.jit import jit
from hypersonde.models.forest.compiled.scalars import (
    INACTIVE,
    ONE,
    SUBSET,
    THRESHOLD,
    ZERO,
    bits,
    code_of,
    one_of,
    score_of,
    turns_left,
    uniform,
)
from hypersonde.models.forest.trees import Ints

__all__ = ["best_set", "best_threshold", "random_set", "random_thresholds", "side_of_missing"]

Cut = tuple[float, float, np.uint64]


@jit
def random_thresholds(
    X: Array, q: Ints, row: Ints, key: np.uint64, low: Array, high: Array, threshold: Array, n_left: Ints, s_left: Ints
) -> None:
    """Fill in (D,) a threshold uniform in the box of each column, the rows on its left and their sum.

    Rows are counted without a branch, since which way one goes cannot be foreseen.
    """
    n_left[:], s_left[:] = 0, 0
    for j in range(len(low)):
        threshold[j] = low[j] + uniform(key, j, THRESHOLD) * (high[j] - low[j])
        if threshold[j] >= high[j]:
            threshold[j] = low[j]
    for r in row:
        for j in range(len(low)):
            left_too = np.int64(X[r, j] <= threshold[j])
            n_left[j] += left_too
            s_left[j] += q[r] * left_too


@jit
def side_of_missing(
    X: Array, q: Ints, row: Ints, total: int, j: int, lost: int, n_left: int, s_left: int
) -> tuple[float, np.uint64]:
    """Score and mask of a threshold with `lost` inactive rows on the better side."""
    right = score_of(n_left, s_left, len(row), total)
    if lost > 0:
        left = score_of(n_left + lost, s_left + _sum_of_missing(X, q, row, j), len(row), total)
        if left > right:
            return left, ONE
    return right, ZERO


@jit
def _sum_of_missing(X: Array, q: Ints, row: Ints, j: int) -> int:
    s_lost = 0
    for r in row:
        s_lost += q[r] * np.isnan(X[r, j])
    return s_lost


@jit
def random_set(X: Array, q: Ints, row: Ints, total: int, key: np.uint64, j: int, present: np.uint64) -> Cut:
    """A random set of the categories that are present."""
    drawn = bits(key, j, THRESHOLD)
    inside = drawn & present
    if inside in (ZERO, present):
        inside = one_of(present, bits(key, j, SUBSET) & INACTIVE)
    mask = inside | (drawn & ~present)
    n_left, s_left = 0, 0
    for r in row:
        left_too = turns_left(X[r, j], True, 0.0, mask)
        n_left += left_too
        s_left += q[r] * left_too
    return score_of(n_left, s_left, len(row), total), 0.0, mask


@jit
def best_threshold(
    X: Array, q: Ints, row: Ints, total: int, key: np.uint64, j: int, lost: int, value: Array, output: Ints
) -> Cut:
    """The threshold with the highest score; `value` and `output` are room to sort in."""
    k, s_lost, n = 0, 0, len(row)
    for r in row:
        if np.isnan(X[r, j]):
            s_lost += q[r]
        else:
            value[k], output[k] = X[r, j], q[r]
            k += 1
    _sort(value[:k], output[:k])
    best, below, above, mask, s_left = -np.inf, 0.0, 0.0, ZERO, 0
    for i in range(k):
        s_left += output[i]
        following = value[i + 1] if i + 1 < k else value[i]
        right, left = -np.inf, -np.inf
        if following > value[i] or (i + 1 == k and lost > 0):
            right = score_of(i + 1, s_left, n, total)
        if following > value[i] and lost > 0:
            left = score_of(i + 1 + lost, s_left + s_lost, n, total)
        if max(right, left) > best:
            best, below, above = max(right, left), value[i], following
            mask = ONE if left > right else ZERO
    threshold = below + uniform(key, j, THRESHOLD) * (above - below)
    return best, threshold if threshold < above else below, mask


@jit
def _sort(value: Array, output: Ints) -> None:
    """Sort `value`, and `output` with it; by insertion while that is faster."""
    if len(value) > 48:
        order = np.argsort(value)
        value[:] = value[order]
        output[:] = output[order]
        return
    for i in range(1, len(value)):
        v, o, k = value[i], output[i], i - 1
        while k >= 0 and value[k] > v:
            value[k + 1], output[k + 1] = value[k], output[k]
            k -= 1
        value[k + 1], output[k + 1] = v, o


@jit
def best_set(X: Array, q: Ints, row: Ints, total: int, key: np.uint64, j: int, present: np.uint64) -> Cut:
    """The best prefix of the categories in order of their means (Fisher 1958)."""
    n, s = np.zeros(64, np.int64), np.zeros(64, np.int64)
    for r in row:
        c = np.int64(code_of(X[r, j]))
        n[c] += 1
        s[c] += q[r]
    order = np.argsort(np.where(n > 0, s / np.maximum(n, 1), np.inf), kind="mergesort")
    best, mask, prefix, n_left, s_left = -np.inf, ZERO, ZERO, 0, 0
    for c in order:
        n_left += n[c]
        s_left += s[c]
        prefix |= ONE << np.uint64(c)
        score = score_of(n_left, s_left, len(row), total)
        if score > best:
            best, mask = score, prefix
    return best, 0.0, mask | (bits(key, j, THRESHOLD) & ~present)
