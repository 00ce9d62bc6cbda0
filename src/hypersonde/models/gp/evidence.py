"""How well hyperparameters explain data: log marginal likelihood plus log prior, with its gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import lapack

from hypersonde.columns import Array
from hypersonde.models.gp.embedding import Embedding
from hypersonde.models.gp.hyperparameters import Hyperparameters, Prior
from hypersonde.models.gp.matern import matern52, matern52_slope, squared_distances
from hypersonde.models.gp.trend import trend_features

__all__ = ["Evidence"]

_IMPLAUSIBLE = 1e10
"""Returned where the covariance is not positive definite in floating point: worse than anything real."""


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Of features ``Z`` (n, E) and standardised outputs ``t`` (n,)."""

    embedding: Embedding
    prior: Prior
    Z: Array
    t: Array

    def __call__(self, theta: Array) -> tuple[float, Array]:
        """Negative log posterior of ``theta`` (D + 3,) up to a constant, and its gradient (D + 3,).

        Rasmussen and Williams 2006, eq. 2.30 and 5.9: with K = s2 k(r) + b2 F F' + v2 I and a = K^-1 t,
        -log p = t a / 2 + log|K| / 2, and d(-log p)/dh = tr((K^-1 - a a') dK/dh) / 2. The pairs enter only
        through matrix products: sum_ij G_ij (z_i - z_j)^2 = 2 (sum_i g_i z_i^2 - z' G z), g = row sums of G.
        """
        h = Hyperparameters.from_vector(theta)
        n = len(self.t)
        weights = np.exp(-2.0 * h.log_lengths)[self.embedding.owner]
        scaled = self.Z * np.sqrt(weights)
        S = squared_distances(scaled, scaled)
        signal = h.signal * matern52(S)
        F = trend_features(scaled)
        trend = h.trend * (F @ F.T)
        K = signal + trend
        K.flat[:: n + 1] += h.noise
        L, broken = lapack.dpotrf(K, lower=1, clean=1)
        if broken:
            return _IMPLAUSIBLE, np.zeros_like(theta)
        inverse, _ = lapack.dpotri(L, lower=1)
        inverse = inverse + np.tril(inverse, -1).T
        a = inverse @ self.t
        A = inverse - np.outer(a, a)
        G = A * matern52_slope(S)
        gradient = np.empty_like(theta)
        per_feature = -h.signal * 2.0 * (G.sum(axis=1) @ scaled**2 - np.einsum("ie,ie->e", scaled, G @ scaled))
        slope, curvature = np.split(h.trend * np.einsum("ie,ie->e", F, A @ F), 2)
        per_feature -= slope + 2.0 * curvature
        gradient[:-3] = np.bincount(self.embedding.owner, per_feature, minlength=len(theta) - 3)
        gradient[-3] = 0.5 * np.einsum("ij,ij->", A, trend)
        gradient[-2] = 0.5 * np.einsum("ij,ij->", A, signal)
        gradient[-1] = 0.5 * h.noise * np.trace(A)
        value = 0.5 * float(self.t @ a) + float(np.log(np.diag(L)).sum())
        return self._with_prior(theta, value, gradient)

    def _with_prior(self, theta: Array, value: float, gradient: Array) -> tuple[float, Array]:
        count = len(theta) - 3
        pull = (theta - self.prior.centre(count).vector) / self.prior.widths(count)
        return value + 0.5 * float(pull @ pull), gradient + pull / self.prior.widths(count)
