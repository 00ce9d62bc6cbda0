"""Lies: the value that a pending trial is taken to have until its true one arrives.

The names are statements about an objective that is MAXIMISED, as the users of AMBS know them, whereas losses
here are minimised (Ginsbourger et al. 2010, "Kriging is well-suited to parallelize optimization"):

=========  ==================================  =====================
name       pending trials are taken to be      lie among the losses
=========  ==================================  =====================
cl_max     as good as the best so far          the lowest
cl_mean    as good as the average              their mean
cl_min     as bad as the worst so far          the highest
=========  ==================================  =====================

So ``cl_max`` stays near what looks good and ``cl_min`` keeps workers farthest from each other. With eight workers and
60 evaluations, ``cl_max`` was the best of the three with a Gaussian process, and no worse than the others with forests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from hypersonde.columns import Array

__all__ = ["LIES", "Lie", "cl_max", "cl_mean", "cl_min"]

Lie = Callable[[Array], float]
"""Losses (n,) seen so far, n >= 1, lower is better -> the loss that a pending trial is taken to have."""


def cl_max(losses: Array) -> float:
    """The best objective so far: the optimistic lie."""
    return float(losses.min())


def cl_mean(losses: Array) -> float:
    """The mean objective so far."""
    return float(losses.mean())


def cl_min(losses: Array) -> float:
    """The worst objective so far: the pessimistic lie."""
    return float(losses.max())


LIES: Final[dict[str, Lie]] = {"cl_max": cl_max, "cl_mean": cl_mean, "cl_min": cl_min}
