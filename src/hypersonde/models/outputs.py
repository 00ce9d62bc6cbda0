"""Losses to what a Gaussian process likes to see: standardised, without a tail that drowns the good end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from hypersonde.columns import Array

__all__ = ["Warp", "half_rank", "log_stretch", "short_tail", "standardise"]

_TAIL = 3.0
"""How many spreads of the good half above the median the bad tail begins."""
_MOST_TAIL = 3.0
"""How many spreads long it is at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Warp:
    """A monotone change of the losses that were seen, and its way back.

    Attributes
    ----------
    losses : (k,) distinct losses seen, ascending.
    warped : (k,) what became of them, ascending.
    """

    losses: Array
    warped: Array

    @classmethod
    def of(cls, y: Array) -> tuple[Warp, Array]:
        """The change learned from finite losses ``y`` (n,), and ``y`` after it: mean 0, variance 1.

        The worse half is replaced by normal quantiles of its ranks, then the good end is stretched: the warps of
        Google Vizier (Song et al. 2024, arXiv 2408.11527, sec. 3.3).
        """
        t = standardise(log_stretch(half_rank(_to_scale(y))))
        losses, first = np.unique(y, return_index=True)
        return cls(losses, t[first]), t

    @classmethod
    def mild(cls, y: Array) -> tuple[Warp, Array]:
        """The same with only the bad tail changed: where distances between good losses count, as in a volume."""
        t = standardise(short_tail(_to_scale(y)))
        losses, first = np.unique(y, return_index=True)
        return cls(losses, t[first]), t

    def back(self, t: Array) -> Array:
        """Losses of warped values ``t``: interpolated between those seen, extended linearly beyond them."""
        if len(self.losses) == 1:
            return np.asarray(self.losses[0] + t)
        span = self.warped[-1] - self.warped[0]
        slope = (self.losses[-1] - self.losses[0]) / max(span, 1e-300)
        beyond = t - np.clip(t, self.warped[0], self.warped[-1])
        return np.asarray(np.interp(t, self.warped, self.losses) + slope * beyond)


def _to_scale(y: Array) -> Array:
    """Losses ``y`` (n,) in units of the largest of them: their differences are numbers, too."""
    return y / (float(np.abs(y).max()) or 1.0)


def _root_mean_square(y: Array) -> float:
    """Of ``y`` (n,), however small or large."""
    largest = float(np.abs(y).max()) or 1.0
    return largest * float(np.sqrt(np.mean((y / largest) ** 2)))


def standardise(y: Array) -> Array:
    """Mean 0, standard deviation 1; all zeros where ``y`` (n,) does not vary.

    >>> standardise(np.array([1.0, 3.0])).tolist()
    [-1.0, 1.0]
    """
    centred = y - y.mean()
    spread = _root_mean_square(centred)
    return centred / spread if spread > 1e-12 * float(np.abs(y).max()) else np.zeros_like(centred)


def half_rank(y: Array) -> Array:
    """Losses ``y`` (n,) with the worse half replaced by normal quantiles of their ranks.

    The scale is that of the good half: the root mean square distance of the losses below the median from it.

    >>> np.round(half_rank(np.array([0.0, 1.0, 2.0, 1e9])), 2).tolist()
    [0.0, 1.0, 1.86, 2.79]
    """
    median = float(np.median(y))
    good = y <= median
    spread = _root_mean_square(y[good] - median)
    if spread == 0.0 and not good.all():
        spread = float(y[~good].min()) - median
    values, rank_of = np.unique(y, return_inverse=True)
    counts = np.cumsum(np.bincount(rank_of, minlength=len(values)))
    middle = 0.5 * (counts + np.concatenate([[0], counts[:-1]])) / len(y)
    ranked = median + spread * ndtri(np.maximum(middle, 0.5))[rank_of]
    return np.where(good, y, ranked)


def short_tail(y: Array) -> Array:
    """Losses ``y`` (n,) that grow less and less once they are far worse than the median, up to a bound.

    >>> np.round(short_tail(np.array([0.0, 1.0, 2.0, 1e9])), 1).tolist()
    [0.0, 1.0, 2.0, 8.2]
    """
    median = float(np.median(y))
    spread = _root_mean_square(y[y <= median] - median)
    if spread == 0.0:
        return y
    beyond = np.maximum(y - median - _TAIL * spread, 0.0)
    return np.where(beyond > 0.0, y - beyond + beyond / (1.0 + beyond / (_MOST_TAIL * spread)), y)


def log_stretch(y: Array, base: float = 1.5) -> Array:
    """Losses ``y`` (n,) on a logarithmic scale that opens towards the best of them, in [-1/2, 1/2].

    >>> np.round(log_stretch(np.array([0.0, 0.5, 1.0])), 3).tolist()
    [-0.5, -0.05, 0.5]
    """
    low, high = float(y.min()), float(y.max())
    if not high > low:
        return np.zeros_like(y)
    position = (high - y) / (high - low)
    stretched: Array = 0.5 - np.log1p(position * (base - 1.0)) / np.log(base)
    return stretched
