"""What a Gaussian process believes after seeing data: mean, variance, gradients, believers, leave-one-out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from scipy.linalg import lapack

from hypersonde.columns import Array
from hypersonde.models.gp.embedding import Embedding
from hypersonde.models.gp.hyperparameters import Hyperparameters
from hypersonde.models.gp.matern import matern52, matern52_slope, squared_distances
from hypersonde.models.gp.trend import trend_features, trend_gradient

__all__ = ["MeanFunction", "Posterior"]

_LEAST_VARIANCE = 1e-12
_JITTER = 1e-8
"""Added to the diagonal relative to the signal, so that repeated rows leave the factor positive definite."""


class MeanFunction(Protocol):
    """What outputs are expected to be before any of them is known; 0 without one."""

    def at(self, Z: Array) -> Array:
        """(m,) at features ``Z`` (m, E), not divided by length scales."""
        ...

    def with_gradient(self, z: Array) -> tuple[float, Array]:
        """Value and gradient (E,) at one point ``z`` (E,)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Of outputs at N points, of which the first n carry a value and the rest are believed.

    A believer (Ginsbourger et al. 2010) is a pending point taken for its predicted mean. It does not move the
    mean, only narrows the variance: so ``a`` knows the n observed points, and ``L`` all N.

    Attributes
    ----------
    embedding, hyperparameters : how rows become features, and the kernel over them.
    S : (N, E) features divided by their length scales.
    L : (N, N) lower Cholesky factor of the covariance with noise.
    t : (n,) standardised outputs.
    a : (n,) K_n^-1 (t - what was expected there).
    expected : what outputs are expected to be before any is known; None for 0.
    """

    embedding: Embedding
    hyperparameters: Hyperparameters
    S: Array
    L: Array
    t: Array
    a: Array
    expected: MeanFunction | None = None

    @classmethod
    def given(
        cls,
        embedding: Embedding,
        hyperparameters: Hyperparameters,
        X: Array,
        t: Array,
        expected: MeanFunction | None = None,
    ) -> Posterior:
        """After outputs ``t`` (n,) at rows ``X`` (n, D): Rasmussen and Williams 2006, algorithm 2.1."""
        empty = np.zeros((0, len(embedding.owner)))
        nothing = cls(embedding, hyperparameters, empty, np.zeros((0, 0)), np.zeros(0), np.zeros(0), expected)
        return nothing.observing(X, t)

    @property
    def observed(self) -> int:
        """How many points carry a value (n)."""
        return len(self.t)

    def prior_variance(self, S: Array) -> Array:
        """Variance (m,) of the function at scaled features ``S`` (m, E) before any data."""
        F = trend_features(S)
        return np.asarray(self.hyperparameters.signal + self.hyperparameters.trend * np.einsum("ij,ij->i", F, F))

    def scale(self, X: Array) -> Array:
        """Features (m, E) of rows ``X`` (m, D), divided by their length scales."""
        inverse = np.exp(-self.hyperparameters.log_lengths)[self.embedding.owner]
        return np.asarray(self.embedding.embed(X) * inverse)

    def covariance(self, S: Array, T: Array) -> Array:
        """Prior covariance (m, k) between scaled features ``S`` (m, E) and ``T`` (k, E)."""
        k = self.hyperparameters.signal * matern52(squared_distances(S, T))
        k += self.hyperparameters.trend * (trend_features(S) @ trend_features(T).T)
        return k

    def _extended(self, S: Array) -> Array:
        """The factor of all points and those at ``S`` (m, E): a block row below the factor at hand."""
        n, m = len(self.S), len(S)
        L = np.zeros((n + m, n + m))
        L[:n, :n] = self.L
        block = self.covariance(S, S)
        block.flat[:: m + 1] += self.hyperparameters.noise + _JITTER * self.hyperparameters.signal
        if n:
            L[n:, :n] = _forward(self.L, self.covariance(self.S, S)).T
            block -= L[n:, :n] @ L[n:, :n].T
        L[n:, n:] = _factor(block, self.hyperparameters.signal)
        return L

    def observing(self, X: Array, t: Array) -> Posterior:
        """Also knowing outputs ``t`` (m,) at rows ``X`` (m, D). Needs a posterior without believers."""
        if len(self.S) != self.observed:
            raise ValueError(
                f"observing: got a posterior with {len(self.S) - self.observed} believers, expected none. "
                "Observe first, believe afterwards."
            )
        if not len(X):
            return self
        S = self.scale(X)
        L = self._extended(S)
        outputs, points = np.concatenate([self.t, t]), np.concatenate([self.S, S])
        a = _backward(L, _forward(L, outputs - self.expectation(points)))
        return replace(self, S=points, L=L, t=outputs, a=a)

    def with_outputs(self, t: Array, expected: MeanFunction | None = None) -> Posterior:
        """The same rows and hyperparameters with other outputs ``t`` (n,) and expectations; O(n^2)."""
        n = self.observed
        L, other = self.L[:n, :n], replace(self, t=t, expected=expected)
        return replace(other, a=_backward(L, _forward(L, t - other.expectation(self.S[:n]))))

    def solve(self, b: Array) -> Array:
        """K_n^-1 b for ``b`` (n, k), of the observed points alone."""
        L = self.L[: self.observed, : self.observed]
        return _backward(L, _forward(L, b))

    def expectation(self, S: Array) -> Array:
        """What is expected (m,) at scaled features ``S`` (m, E) before any output is known."""
        return np.zeros(len(S)) if self.expected is None else self.expected.at(S * self._lengths)

    @property
    def _lengths(self) -> Array:
        """Length scale (E,) of every feature."""
        return np.asarray(np.exp(self.hyperparameters.log_lengths)[self.embedding.owner])

    def at_observed(self) -> Array:
        """Mean (n,) of the noise-free function at the observed points; O(n) instead of O(n^2).

        K a = t - e with K = k + v2 I and expectations e, so e + k a = t - v2 a.
        """
        h = self.hyperparameters
        return np.asarray(self.t - (h.noise + _JITTER * h.signal) * self.a)

    def believing(self, X: Array) -> Posterior:
        """With pending rows ``X`` (m, D) taken for their predicted means; O(N^2 m)."""
        if not len(X):
            return self
        S = self.scale(X)
        return replace(self, S=np.concatenate([self.S, S]), L=self._extended(S))

    def mean(self, S: Array) -> Array:
        """Mean (m,) alone at scaled features ``S`` (m, E); O(n m)."""
        return np.asarray(self.a @ self.covariance(self.S[: self.observed], S)) + self.expectation(S)

    def mean_with_gradient(self, s: Array) -> tuple[float, Array]:
        """The same at one scaled point ``s`` (E,), with its gradient (E,)."""
        difference = s - self.S[: self.observed]
        r2 = np.einsum("ij,ij->i", difference, difference)
        signal, trend = self.hyperparameters.signal, self.hyperparameters.trend
        weights = trend * (self.a @ trend_features(self.S[: self.observed]))
        mean = signal * float(self.a @ matern52(r2)) + float(trend_features(s[None])[0] @ weights)
        gradient = (2.0 * signal) * ((self.a * matern52_slope(r2)) @ difference) + trend_gradient(s, weights)
        return self._with_expectation(s, mean, gradient)

    def _with_expectation(self, s: Array, mean: float, gradient: Array) -> tuple[float, Array]:
        if self.expected is None:
            return mean, gradient
        value, slope = self.expected.with_gradient(s * self._lengths)
        return mean + value, gradient + slope * self._lengths

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Mean (m,) and variance (m,) of the noise-free function at rows ``X`` (m, D)."""
        return self.predict_scaled(self.scale(X))

    def predict_scaled(self, S: Array) -> tuple[Array, Array]:
        """The same at scaled features ``S`` (m, E)."""
        mean, variance, _ = self.predict_with_factor(S)
        return mean, variance

    def predict_with_factor(self, S: Array) -> tuple[Array, Array, Array]:
        """The same and V = L^-1 k (N, m), of which further believers can be made without looking back."""
        k = self.covariance(S, self.S).T
        mean = np.asarray(self.a @ k[: self.observed]) + self.expectation(S)
        V = _forward(self.L, k) if len(self.S) else k
        variance = self.prior_variance(S) - np.einsum("ij,ij->j", V, V)
        return mean, np.maximum(variance, _LEAST_VARIANCE), V

    def categories(self, column: int) -> Array:
        """The categories (k,) of a column that the rows of this process have: all others are alike to it."""
        S = self.S[:, self.embedding.owner == column]
        return np.unique(np.argmax(S, axis=1)).astype(np.float64)

    def scales_to(self, other: Posterior) -> Array:
        """Factors (E,) from the scale of this process to that of another one on the same columns."""
        mine, its = self.hyperparameters.log_lengths, other.hyperparameters.log_lengths
        return np.asarray(np.exp((mine - its)[self.embedding.owner]))

    def predict_with_gradient(self, s: Array) -> tuple[float, float, Array, Array]:
        """Mean, variance and their gradients (E,) with respect to one scaled point ``s`` (E,)."""
        difference = s - self.S
        r2 = np.einsum("ij,ij->i", difference, difference)
        signal, trend = self.hyperparameters.signal, self.hyperparameters.trend
        F, f = trend_features(self.S), trend_features(s[None])[0]
        k = signal * matern52(r2) + trend * (F @ f)
        slope = (2.0 * signal) * matern52_slope(r2)
        v = _forward(self.L, k)
        u = _backward(self.L, v)
        n = self.observed
        mean = float(self.a @ k[:n])
        variance = max(signal + trend * float(f @ f) - float(v @ v), _LEAST_VARIANCE)
        mean_gradient = (self.a * slope[:n]) @ difference[:n] + trend_gradient(s, trend * (self.a @ F[:n]))
        variance_gradient = -2.0 * ((u * slope) @ difference) + trend_gradient(s, 2.0 * trend * (f - u @ F))
        mean, mean_gradient = self._with_expectation(s, mean, mean_gradient)
        return mean, variance, mean_gradient, variance_gradient

    def distance(self, x: Array) -> float:
        """From row ``x`` (D,) to the nearest observed point, in length scales."""
        away = self.S[: self.observed] - self.scale(x[None])
        return float(np.sqrt(np.einsum("ij,ij->i", away, away).min()))

    def leave_one_out(self) -> tuple[Array, Array]:
        """Mean (n,) and variance (n,) of each output as predicted from the others, noise included.

        Rasmussen and Williams 2006, eq. 5.12: mean_i = t_i - a_i / K^-1_ii, variance_i = 1 / K^-1_ii.
        """
        n = self.observed
        inverse, _ = lapack.dpotri(self.L[:n, :n], lower=1)
        diagonal = np.diag(inverse)
        return self.t - self.a / diagonal, 1.0 / diagonal


def _forward(L: Array, b: Array) -> Array:
    """L^-1 b for a lower factor (n, n) and ``b`` (n,) or (n, m)."""
    x, _ = lapack.dtrtrs(L.T, b, lower=0, trans=1)
    return np.asarray(x)


def _backward(L: Array, b: Array) -> Array:
    """L^-T b for a lower factor (n, n) and ``b`` (n,) or (n, m)."""
    x, _ = lapack.dtrtrs(L.T, b, lower=0)
    return np.asarray(x)


def _factor(K: Array, signal: float) -> Array:
    """Lower Cholesky factor of ``K`` (m, m), with as much on the diagonal as it takes."""
    for jitter in (0.0, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3):
        L, broken = lapack.dpotrf(K + jitter * signal * np.eye(len(K)), lower=1, clean=1)
        if not broken and np.isfinite(L[-1, -1]):
            return np.asarray(L)
    raise np.linalg.LinAlgError("covariance: got values that are not finite, expected finite rows and outputs.")
