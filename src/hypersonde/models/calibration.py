"""How well predictions agree with what was measured, and whether their deviations can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import bdtr, bdtrc, ndtri

from hypersonde.columns import Array

__all__ = ["LEVELS", "Agreement", "Coverage", "r_squared", "rank_correlation"]

LEVELS = (0.5, 0.8, 0.9)
"""Nominal levels of the intervals that are counted."""

_UNLIKELY = 0.025
"""A count that a calibrated model would give less often than this, on either side, is held against it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many measured values lie inside their central normal intervals of one nominal level.

    Attributes
    ----------
    level : nominal probability of an interval.
    inside, count : values inside their interval, of how many.

    >>> Coverage(0.9, 60, 100).verdict, Coverage(0.9, 8, 10).verdict, Coverage(0.5, 95, 100).verdict
    ('too narrow', 'plausible', 'too wide')
    """

    level: float
    inside: int
    count: int

    @classmethod
    def of(cls, z: Array, level: float) -> Coverage:
        """Of standardised residuals ``z`` (n,)."""
        half = float(ndtri((1.0 + level) / 2.0))
        return cls(level, int(np.sum(np.abs(z) <= half)), len(z))

    @property
    def share(self) -> float:
        """The part that is inside; NaN of nothing."""
        return self.inside / self.count if self.count else float("nan")

    @property
    def verdict(self) -> Literal["too narrow", "plausible", "too wide"]:
        """What the binomial distribution says of the intervals: two tails of 2.5 %, values taken for independent."""
        if float(bdtr(self.inside, self.count, self.level)) < _UNLIKELY:
            return "too narrow"
        if self.inside > 0 and float(bdtrc(self.inside - 1, self.count, self.level)) < _UNLIKELY:
            return "too wide"
        return "plausible"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Of n predictions, each a normal distribution, with n measured values.

    Attributes
    ----------
    count : n.
    r_squared : share of the variance of the measured values that is predicted; 0 is as good as their mean, and
        there is no lower end.
    rank_correlation : Spearman's.
    bias : mean of the standardised residuals; 0 is right, positive means measured above predicted.
    spread : their root mean square; 1 is right, more means too sure.
    coverage : of the intervals at `LEVELS`.
    """

    count: int
    r_squared: float
    rank_correlation: float
    bias: float
    spread: float
    coverage: tuple[Coverage, ...]

    @classmethod
    def of(cls, y: Array, mean: Array, deviation: Array) -> Agreement:
        """Of measured ``y`` (n,) with predictions ``mean`` (n,) and ``deviation`` (n,) > 0, n >= 1."""
        z = (y - mean) / deviation
        return cls(
            count=len(y),
            r_squared=r_squared(y, mean),
            rank_correlation=rank_correlation(y, mean),
            bias=float(z.mean()),
            spread=float(np.sqrt(np.mean(z**2))),
            coverage=tuple(Coverage.of(z, level) for level in LEVELS),
        )


def r_squared(y: Array, predicted: Array) -> float:
    """1 - (squared errors) / (squared distances of ``y`` (n,) from its mean); NaN where ``y`` does not vary.

    >>> r_squared(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 4.0]))
    0.5
    """
    total = float(np.sum((y - y.mean()) ** 2))
    return 1.0 - float(np.sum((y - predicted) ** 2)) / total if total > 0.0 else float("nan")


def rank_correlation(a: Array, b: Array) -> float:
    """Spearman's, of ``a`` (n,) and ``b`` (n,): equal values share their mean rank; NaN where one does not vary.

    >>> rank_correlation(np.array([1.0, 2.0, 3.0]), np.array([10.0, 11.0, 1e9]))
    1.0
    """
    ranks = [_ranks(values) for values in (a, b)]
    left, right = (r - r.mean() for r in ranks)
    norm = float(np.sqrt((left @ left) * (right @ right)))
    return float(left @ right) / norm if norm > 0.0 else float("nan")


def _ranks(values: Array) -> Array:
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - 0.5 * (counts + 1.0))[which])
