"""How worthwhile a point is, from what a model predicts there: HIGHER IS BETTER for all of these.

Everything is stated for minimisation: ``mean`` and ``std`` of the loss, same shape, and ``best``, the loss to
beat, in the same units. Logarithms are exact far into the tails, where plain improvement underflows to 0 and an
optimiser would see a plain without slope (Ament et al. 2023, arXiv 2310.20708).
"""

from __future__ import annotations

import numpy as np
from scipy.special import erfcx, log_ndtr, ndtr

from hypersonde.columns import Array

__all__ = [
    "expected_improvement",
    "log_expected_improvement",
    "log_expected_improvement_slopes",
    "log_h",
    "log_probability_of_improvement",
    "lower_confidence",
    "probability_of_improvement",
]

_LOG_SQRT_2PI = 0.5 * float(np.log(2.0 * np.pi))
_SQRT_HALF_PI = float(np.sqrt(0.5 * np.pi))
_SQRT_HALF = float(np.sqrt(0.5))
_FAR = -50.0
"""Below it the asymptotic series is more exact than erfcx: both err by about 5e-13 here."""


def log_h(u: Array) -> Array:
    """log(phi(u) + u Phi(u)) for any ``u``: the logarithm of expected improvement at unit variance.

    Ament et al. 2023, eq. 9, with an asymptotic series (Abramowitz and Stegun 1964, 26.2.12) in place of its
    first term alone far to the left.

    >>> np.round(log_h(np.array([0.0, -10.0, -1e6])), 6).tolist()
    [-0.918939, -55.553122, -500000000028.55]
    """
    u = np.asarray(u, dtype=np.float64)
    near = np.maximum(u, -1.0)
    density = np.exp(-0.5 * near**2 - _LOG_SQRT_2PI)
    result: Array = np.log(density + near * ndtr(near))
    tail = u < -1.0
    if tail.any():
        result = np.where(tail, _log_h_tail(np.minimum(u, -1.0)), result)
    return result


def _log_h_tail(u: Array) -> Array:
    """log h for u <= -1: log phi(u) + log(1 - |u| sqrt(pi/2) erfcx(|u| / sqrt2))."""
    middle = np.maximum(u, _FAR)
    ratio = np.log1p(middle * _SQRT_HALF_PI * erfcx(-middle * _SQRT_HALF))
    q = 1.0 / np.minimum(u, _FAR) ** 2
    series = np.log(q * (1.0 + q * (-3.0 + q * (15.0 + q * (-105.0 + q * 945.0)))))
    return np.where(u < _FAR, series, ratio) - 0.5 * u**2 - _LOG_SQRT_2PI


def log_expected_improvement(mean: Array, std: Array, best: float) -> Array:
    """log E[max(best - f, 0)] for f ~ N(mean, std^2), std > 0."""
    return log_h((best - mean) / std) + np.log(std)


def log_expected_improvement_slopes(mean: Array, std: Array, best: float) -> tuple[Array, Array, Array]:
    """`log_expected_improvement` and its derivatives with respect to ``mean`` and to ``std``.

    With u = (best - mean) / std: h' = Phi(u) and h - u Phi(u) = phi(u), so they are -Phi(u) / (h std) and
    phi(u) / (h std), quotients taken in logarithms.
    """
    u = (best - mean) / std
    h = log_h(u)
    by_mean, by_std = -np.exp(log_ndtr(u) - h) / std, np.exp(-0.5 * u**2 - _LOG_SQRT_2PI - h) / std
    return h + np.log(std), by_mean, by_std


def expected_improvement(mean: Array, std: Array, best: float) -> Array:
    """E[max(best - f, 0)], in units of the loss (Jones et al. 1998, eq. 15).

    >>> round(float(expected_improvement(np.array([0.0]), np.array([1.0]), 0.0)[0]), 6)
    0.398942
    """
    return np.exp(log_expected_improvement(mean, std, best))


def log_probability_of_improvement(mean: Array, std: Array, best: float) -> Array:
    """log P(f < best), std > 0."""
    return np.asarray(log_ndtr((best - mean) / std))


def probability_of_improvement(mean: Array, std: Array, best: float) -> Array:
    """P(f < best), std > 0."""
    return np.asarray(ndtr((best - mean) / std))


def lower_confidence(mean: Array, std: Array, kappa: float) -> Array:
    """-(mean - kappa std): how low the loss may plausibly be, with the sign turned so that higher is better."""
    return kappa * std - mean
