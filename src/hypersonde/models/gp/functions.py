"""Whole functions drawn from a Gaussian process that has seen data, cheap to look at anywhere, however many points.

A draw before any data is a sum of random cosines (Rahimi and Recht 2007); what the data adds is exact (Matheron's
rule, Wilson et al. 2020, arXiv 2002.09309, eq. 13): f(x) = g(x) + k(x, X) K^-1 (t - g(X) - noise).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp.matern import matern52, squared_distances
from hypersonde.models.gp.posterior import Posterior
from hypersonde.models.gp.trend import trend_features

__all__ = ["Functions"]

_FREEDOM = 5.0
"""The spectral density of a Matern 5/2 kernel is a multivariate t with so many degrees of freedom."""


@dataclass(frozen=True, slots=True, eq=False)
class Functions:
    """k functions that agree with what a posterior has observed; believers say nothing of them.

    Attributes
    ----------
    posterior : which they are drawn from.
    frequencies, phases : (F, E) and (F,) of the cosines.
    waves : (F, k) their heights.
    effects : (2E, k) slopes and curvatures of the main effects, data included.
    pulls : (n, k) weights of the Matern kernels at the observed points.
    """

    posterior: Posterior
    frequencies: Array
    phases: Array
    waves: Array
    effects: Array
    pulls: Array

    @classmethod
    def drawn(cls, posterior: Posterior, boldness: Array, rng: np.random.Generator, cosines: int = 192) -> Functions:
        """One for each of ``boldness`` (k,): 1 is a draw, 0 the mean, and what is between departs less from it."""
        h, n, k, E = posterior.hyperparameters, posterior.observed, len(boldness), posterior.S.shape[1]
        stretch = np.sqrt(_FREEDOM / rng.chisquare(_FREEDOM, (cosines, 1)))
        frequencies, phases = stretch * rng.standard_normal((cosines, E)), rng.uniform(0.0, 2.0 * np.pi, cosines)
        waves = boldness * np.sqrt(2.0 * h.signal / cosines) * rng.standard_normal((cosines, k))
        effects = boldness * np.sqrt(h.trend) * rng.standard_normal((2 * E, k))
        noise = boldness * np.sqrt(h.noise) * rng.standard_normal((n, k))
        S = posterior.S[:n]
        F = trend_features(S)
        before = np.cos(S @ frequencies.T + phases) @ waves + F @ effects
        weights = posterior.solve((posterior.t - posterior.expectation(S))[:, None] - before - noise)
        return cls(posterior, frequencies, phases, waves, effects + h.trend * F.T @ weights, h.signal * weights)

    def everywhere(self, S: Array) -> Array:
        """(m, k) values of every function at scaled features ``S`` (m, E)."""
        values = self._cosines(S) @ self.waves + trend_features(S) @ self.effects + self._kernels(S) @ self.pulls
        return np.asarray(values + self.posterior.expectation(S)[:, None])

    def each(self, S: Array) -> Array:
        """(k,) values of the j-th function at the j-th of scaled features ``S`` (k, E)."""
        values = np.einsum("jf,fj->j", self._cosines(S), self.waves)
        values += np.einsum("je,ej->j", trend_features(S), self.effects)
        values += np.einsum("jn,nj->j", self._kernels(S), self.pulls)
        return np.asarray(values + self.posterior.expectation(S))

    def _cosines(self, S: Array) -> Array:
        return np.asarray(np.cos(S @ self.frequencies.T + self.phases))

    def _kernels(self, S: Array) -> Array:
        return matern52(squared_distances(S, self.posterior.S[: self.posterior.observed]))
