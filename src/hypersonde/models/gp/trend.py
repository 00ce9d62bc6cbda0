"""Main effects: a linear and a quadratic term in every parameter, as a covariance.

Hyperparameters of learning machines often act one by one, along a slope or in a bowl. A stationary kernel has to
learn that piece by piece; these terms say it from a handful of points, and leave to the Matern kernel what is
left over. Features are divided by their length scales first, so that one scale says how much a parameter matters
in both parts.
"""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array

__all__ = ["trend_features", "trend_gradient"]


def trend_features(S: Array) -> Array:
    """phi(s) = (s, 2 s^2), (n, 2E), of scaled features ``S`` (n, E); the covariance is b2 phi(s) . phi(s').

    >>> trend_features(np.array([[0.5, -1.0]])).tolist()
    [[0.5, -1.0, 0.5, 2.0]]
    """
    return np.concatenate([S, 2.0 * S**2], axis=1)


def trend_gradient(s: Array, g: Array) -> Array:
    """Gradient (E,) of phi(s) . g with respect to ``s`` (E,), for ``g`` (2E,)."""
    width = len(s)
    return np.asarray(g[:width] + 4.0 * s * g[width:])
