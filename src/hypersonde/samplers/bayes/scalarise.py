"""Several losses as one: the augmented Chebyshev norm with random weights (Knowles 2006, ParEGO, eq. 2)."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array

__all__ = ["chebyshev", "ranked"]

_RHO = 0.05


def ranked(losses: Array) -> Array:
    """Losses (n, m) replaced by their ranks in [0, 1], objective by objective: units no longer matter.

    >>> ranked(np.array([[1.0, 30.0], [2.0, 10.0], [9.0, 20.0]])).tolist()
    [[0.0, 1.0], [0.5, 0.0], [1.0, 0.5]]
    """
    order = np.argsort(np.argsort(losses, axis=0, kind="stable"), axis=0, kind="stable")
    return order / max(len(losses) - 1, 1)


def chebyshev(z: Array, weights: Array) -> Array:
    """Scalarised losses (n,) of normalised losses ``z`` (n, m) under ``weights`` (m,) that add up to 1.

    >>> chebyshev(np.array([[0.0, 1.0], [0.6, 0.6]]), np.array([0.5, 0.5])).round(3).tolist()
    [0.525, 0.33]
    """
    weighted = z * weights
    return np.asarray(weighted.max(axis=1) + _RHO * weighted.sum(axis=1))
