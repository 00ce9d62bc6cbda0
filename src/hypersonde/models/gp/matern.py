"""The Matern 5/2 correlation as a function of the squared distance (Rasmussen and Williams 2006, eq. 4.17)."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array

__all__ = ["matern52", "matern52_slope", "squared_distances"]

_SQRT5 = float(np.sqrt(5.0))


def squared_distances(A: Array, B: Array) -> Array:
    """Squared Euclidean distances (n, m) between rows of ``A`` (n, E) and ``B`` (m, E), never below 0."""
    S = A @ (-2.0 * B.T)
    S += np.einsum("ij,ij->i", A, A)[:, None]
    S += np.einsum("ij,ij->i", B, B)[None, :]
    return np.maximum(S, 0.0, out=S)


def matern52(S: Array) -> Array:
    """k(r) = (1 + sqrt5 r + 5/3 r^2) exp(-sqrt5 r) at squared distances ``S`` = r^2, same shape.

    >>> float(matern52(np.zeros(1))[0])
    1.0
    """
    t = np.sqrt(S)
    t *= _SQRT5
    k = np.exp(-t)
    t += 1.0
    t += (5.0 / 3.0) * S
    k *= t
    return k


def matern52_slope(S: Array) -> Array:
    """Derivative dk / d(r^2) = -5/6 (1 + sqrt5 r) exp(-sqrt5 r); finite at 0, unlike dk / dr^2 of Matern 1/2."""
    t = np.sqrt(S)
    t *= _SQRT5
    slope = np.exp(-t)
    t += 1.0
    slope *= t
    slope *= -5.0 / 6.0
    return slope
