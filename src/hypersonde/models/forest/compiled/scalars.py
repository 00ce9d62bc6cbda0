"""One number at a time, what `draws`, `level` and `cuts` do for arrays: draws, turns, scores."""

from __future__ import annotations

import numpy as np

from hypersonde.models.forest.compiled.jit import jit

__all__ = ["INACTIVE", "ONE", "SUBSET", "THRESHOLD", "TURN", "ZERO", "bits", "code_of", "mix", "one_of"]
__all__ += ["score_of", "turns_left", "uniform"]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
FIRST = np.uint64(0xBF58476D1CE4E5B9)
SECOND = np.uint64(0x94D049BB133111EB)
S11, S27, S30, S31 = np.uint64(11), np.uint64(27), np.uint64(30), np.uint64(31)
ZERO, ONE, INACTIVE, WORD = np.uint64(0), np.uint64(1), np.uint64(63), np.uint64(64)
THRESHOLD, TURN, SUBSET = 0, 1, 2


@jit
def mix(z: np.uint64) -> np.uint64:
    """See `draws.mix`."""
    z = (z ^ (z >> S30)) * FIRST
    z = (z ^ (z >> S27)) * SECOND
    return z ^ (z >> S31)


@jit
def bits(key: np.uint64, column: int, purpose: int) -> np.uint64:
    """See `draws.bits`."""
    return mix(key + GOLDEN * np.uint64(4 * column + purpose + 1))


@jit
def uniform(key: np.uint64, column: int, purpose: int) -> float:
    """See `draws.uniform`."""
    return float(bits(key, column, purpose) >> S11) * 2.0**-53


@jit
def code_of(value: float) -> np.uint64:
    """The bit of a category; inactive is the last one."""
    return INACTIVE if np.isnan(value) else np.uint64(value)


@jit
def turns_left(value: float, by_set: bool, threshold: float, mask: np.uint64) -> bool:
    """See `level.goes_left`."""
    if by_set:
        return bool((mask >> code_of(value)) & ONE == ONE)
    if np.isnan(value):
        return bool(mask & ONE == ONE)
    return bool(value <= threshold)


@jit
def score_of(n_left: int, s_left: int, n: int, s: int) -> float:
    """s_l^2 / n_l + s_r^2 / n_r, or -inf if one side is empty."""
    n_right = n - n_left
    if n_left <= 0 or n_right <= 0:
        return -np.inf
    s_l, s_r = float(s_left), float(s - s_left)
    return s_l * s_l / n_left + s_r * s_r / n_right


@jit
def one_of(present: np.uint64, turn: np.uint64) -> np.uint64:
    """The first set bit of `present` after `turn` places, round and round."""
    back = (WORD - turn) & INACTIVE
    turned = (present >> turn) | (present << back)
    lowest = turned & (~turned + ONE)
    return (lowest << turn) | (lowest >> back)
