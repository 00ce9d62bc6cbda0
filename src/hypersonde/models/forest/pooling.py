"""From the answers of many members, trees or chains, to one mean and one honest deviation."""

from __future__ import annotations

from typing import Final

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.forest.trees import Ints

__all__ = ["CHECKED", "pool", "some", "stretch", "unseen"]

CHECKED: Final = 256
"""How many rows an uncertainty is calibrated on."""
NOMINAL: Final = 1.6448536269514722
"""The 95 % quantile of the normal distribution: nine tenths lie within it on both sides."""
FEWEST: Final = 10
"""With fewer held-out errors than this, nothing is said about the size of deviations."""


def pool(mean: Array, variance: Array, weight: Array) -> tuple[Array, Array]:
    """Mean and deviation (n,) of members with mean, variance and weight (T, n), by the law of total variance.

    NaN where no member has a weight.

    >>> [v.tolist() for v in pool(np.array([[0.0], [2.0]]), np.array([[1.0], [3.0]]), np.ones((2, 1)))]
    [[1.0], [2.0]]
    """
    members = weight.sum(axis=0)
    members = np.where(members > 0, members, np.nan)
    centre = (weight * mean).sum(axis=0) / members
    within = (weight * variance).sum(axis=0) / members
    between = (weight * (mean - centre) ** 2).sum(axis=0) / np.maximum(members - 1, 1)
    return centre, np.sqrt(within + between)


def unseen(bags: Ints, n: int, rows: Ints) -> Array:
    """(T, k) 1.0 where a member with the bag (m,) of n rows has not seen one of the rows (k,)."""
    seen = np.zeros((len(bags), n), dtype=np.bool_)
    seen[np.arange(len(bags))[:, None], bags] = True
    return (~seen[:, rows]).astype(np.float64)


def some(n: int) -> Ints:
    """(k,) rows to calibrate on, spread evenly over n."""
    return np.unique(np.linspace(0, n - 1, min(n, CHECKED)).astype(np.int64))


def stretch(error: Array, deviation: Array) -> float:
    """The factor on held-out deviations (k,) with which nine tenths of the errors (k,) lie in 90 % intervals."""
    known = np.isfinite(deviation) & (deviation > 0)
    if known.sum() < FEWEST:
        return 1.0
    return float(np.clip(np.quantile(np.abs(error[known]) / deviation[known], 0.9) / NOMINAL, 0.1, 10.0))
