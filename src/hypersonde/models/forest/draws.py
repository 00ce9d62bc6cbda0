"""Counter-based random numbers: what a cell of a tree draws depends on its path alone, not on who grows it when.

Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators": the finaliser of SplitMix64. The same
integers come out here (arrays) and in `compiled.scalars`, so that both grow the same trees.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["GOLDEN", "LEFT", "RIGHT", "SUBSET", "THRESHOLD", "TURN", "UInts", "bits", "mix", "uniform"]

UInts = npt.NDArray[np.uint64]

GOLDEN: Final = np.uint64(0x9E3779B97F4A7C15)
FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
SECOND: Final = np.uint64(0x94D049BB133111EB)
LEFT: Final = np.uint64(0x2545F4914F6CDD1D)
RIGHT: Final = np.uint64(0xD1342543DE82EF95)

THRESHOLD: Final = 0  # where to cut
TURN: Final = 1  # which columns may be looked at
SUBSET: Final = 2  # which category, when one stands against the rest


def mix(z: UInts) -> UInts:
    """A bijection of 64-bit integers that leaves no pattern.

    >>> [hex(int(v)) for v in mix(np.arange(2, dtype=np.uint64) * GOLDEN)]
    ['0x0', '0xe220a8397b1dcdaf']
    """
    z = (z ^ (z >> np.uint64(30))) * FIRST
    z = (z ^ (z >> np.uint64(27))) * SECOND
    mixed: UInts = z ^ (z >> np.uint64(31))
    return mixed


def bits(keys: UInts, column: int, purpose: int) -> UInts:
    """64 random bits for each cell, for one column and one purpose."""
    return mix(keys + np.uint64(int(GOLDEN) * (4 * column + purpose + 1) % 2**64))


def uniform(keys: UInts, column: int, purpose: int) -> npt.NDArray[np.float64]:
    """A uniform number in [0, 1) for each cell, for one column and one purpose."""
    return (bits(keys, column, purpose) >> np.uint64(11)).astype(np.float64) * 2.0**-53
