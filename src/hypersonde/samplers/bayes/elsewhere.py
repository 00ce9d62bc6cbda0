"""When a search has stalled: looking for another basin than the one that it sits in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.models.gp import Posterior
from hypersonde.models.gp.matern import matern52, squared_distances

__all__ = ["Basin", "stalled"]

_CORRELATION = 0.5
"""Points with a higher prior correlation to the best one are in its basin."""
_GAIN = 0.01
"""Progress, as a part of the distance from the best to the median loss, below which a search has stalled."""
_EARLY = 500


def stalled(y: Array, window: int, least: int) -> bool:
    """Whether the last ``window`` of the losses ``y`` (n,) brought next to no progress; never before ``least``.

    >>> bool(stalled(np.array([5.0, 4.0, 3.0, 0.0, 1.0, 2.0]), 2, 3))
    True
    """
    if len(y) < window + least:
        return False
    best = float(y.min())
    gain = float(y[:-window].min()) - best
    return gain < _GAIN * (float(np.median(y[:_EARLY])) - best)


@dataclass(frozen=True, slots=True, eq=False)
class Basin:
    """The surroundings of the best point seen, in scaled features.

    Attributes
    ----------
    posterior : whose length scales measure distance.
    centre : (1, E) scaled features of the best point.
    """

    posterior: Posterior
    centre: Array

    @classmethod
    def around(cls, posterior: Posterior, x: Array) -> Basin:
        """Around row ``x`` (D,)."""
        return cls(posterior, posterior.scale(x[None]))

    def beside(self, x: Array) -> Basin:
        """One like it around another row ``x`` (D,)."""
        return Basin.around(self.posterior, x)

    def contains(self, X: Array) -> Mask:
        """(n,) mask of the rows ``X`` (n, D) that are inside."""
        S = squared_distances(self.posterior.scale(X), self.centre)[:, 0]
        return np.asarray(matern52(S) > _CORRELATION)
