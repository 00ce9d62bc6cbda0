"""A Gaussian process as a surrogate: fit arrays, predict losses."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.models.gp.embedding import Embedding
from hypersonde.models.gp.fit import most_plausible
from hypersonde.models.gp.hyperparameters import Prior
from hypersonde.models.gp.posterior import Posterior

__all__ = ["FittedProcess", "GaussianProcess"]

_NOISE_KEPT = 0.01
"""Share of the noise that drawn functions have."""


@dataclass(frozen=True, slots=True)
class GaussianProcess:
    """Matern 5/2 with one length scale per parameter, fitted to the most plausible hyperparameters.

    Attributes
    ----------
    prior : beliefs about the hyperparameters.
    most : rows used at most, half of them the best and half drawn from the rest: fitting takes O(n^3).
    """

    prior: Prior = field(default_factory=Prior)
    most: int = 400

    def fit(self, X: Array, y: Array, columns: Columns, rng: np.random.Generator) -> FittedProcess:
        """The process given losses ``y`` (n,) at rows ``X`` (n, D), n >= 1."""
        if len(y) > self.most:
            keep = _best_and_some(y, self.most, rng)
            X, y = X[keep], y[keep]
        shift, scale = float(y.mean()), float(y.std()) or 1.0
        t = (y - shift) / scale
        embedding = Embedding.of(columns)
        hyperparameters = most_plausible(embedding, embedding.embed(X), t, self.prior)
        return FittedProcess(Posterior.given(embedding, hyperparameters, X, t), shift, scale)


@dataclass(frozen=True, slots=True, eq=False)
class FittedProcess:
    """A posterior together with the units of the losses: loss = shift + scale * standardised output."""

    posterior: Posterior
    shift: float
    scale: float

    def predict(self, X: Array) -> tuple[Array, Array]:
        """Mean (n,) and standard deviation (n,) of the noise-free loss at rows ``X`` (n, D)."""
        mean, variance = self.posterior.predict(X)
        return self.shift + self.scale * mean, self.scale * np.sqrt(variance)

    def add(self, X: Array, y: Array) -> FittedProcess:
        """The process that has also seen losses ``y`` (m,) at ``X`` (m, D), hyperparameters as they are."""
        t = (y - self.shift) / self.scale
        return replace(self, posterior=self.posterior.observing(X, t))

    def held_out(self) -> tuple[Array, Array]:
        """Leave-one-out mean (n,) and standard deviation (n,) of the losses that were used, noise included."""
        mean, variance = self.posterior.leave_one_out()
        return self.shift + self.scale * mean, self.scale * np.sqrt(variance)

    def draw(self, X: Array, count: int, rng: np.random.Generator) -> Array:
        """(count, n) losses at rows ``X`` (n, D) of `count` functions drawn from the process.

        Nearly all of the noise is left out; what stays keeps the factorisation of neighbours' covariances safe.
        """
        known = len(self.posterior.S)
        L = self.posterior.believing(X).L[known:, known:]
        covariance = L @ L.T
        covariance.flat[:: len(X) + 1] -= (1.0 - _NOISE_KEPT) * self.posterior.hyperparameters.noise
        z = rng.standard_normal((count, len(X))) @ np.linalg.cholesky(covariance).T
        return np.asarray(self.predict(X)[0] + self.scale * z)


def _best_and_some(y: Array, most: int, rng: np.random.Generator) -> Array:
    """Indices of ``most`` rows in ascending order: half the best by ``y`` (n,), half drawn from the others."""
    order = np.argsort(y, kind="stable")
    best, others = order[: most // 2], order[most // 2 :]
    drawn = rng.choice(others, size=most - len(best), replace=False)
    return np.sort(np.concatenate([best, drawn]))
