"""How likely a configuration is to fail, learned from the failures so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.special import log_ndtr

from hypersonde.columns import Array, Columns, Mask
from hypersonde.models.gp import Embedding, Hyperparameters, Posterior, Prior, most_plausible
from hypersonde.samplers.bayes.active_set import active_set
from hypersonde.samplers.bayes.refinement import Climbable
from hypersonde.samplers.bayes.schedule import checkpoint

__all__ = ["Feasibility", "Success"]

_TOLERATED = 0.25
"""A label above this is a failure: one costs a whole trial and teaches little."""
_LEAST = 0.04
"""Variance that a label has at least, however much is known around it."""


@dataclass(frozen=True, slots=True, eq=False)
class Success:
    """The probability that a trial ends with a value: that a label drawn from what is believed is low enough.

    Attributes
    ----------
    posterior : of labels, 1 where a trial failed and 0 where not, less their mean; None while nothing failed.
    share : that mean, which is believed far from all trials.
    """

    posterior: Posterior | None = None
    share: float = 0.0

    def __call__(self, X: Array) -> Array:
        """log P(success) (n,) at rows ``X`` (n, D)."""
        if self.posterior is None:
            return np.zeros(len(X))
        mean, variance = self.posterior.predict(X)
        return np.asarray(log_ndtr((_TOLERATED - self.share - mean) / np.sqrt(variance + _LEAST)))

    def with_gradient(self, s: Array) -> tuple[float, Array]:
        """log P(success) and its gradient (E,) at one point ``s`` (E,), scaled as `posterior` scales."""
        if self.posterior is None:
            return 0.0, np.zeros_like(s)
        mean, variance, by_mean, by_variance = self.posterior.predict_with_gradient(s)
        deviation = float(np.sqrt(variance + _LEAST))
        z = (_TOLERATED - self.share - mean) / deviation
        value = float(log_ndtr(z))
        steep = float(np.exp(-0.5 * (z * z + np.log(2.0 * np.pi)) - value))
        return value, -steep / deviation * (by_mean + 0.5 * z / deviation * by_variance)

    def weigh(self, criterion: Climbable) -> Climbable:
        """A ``criterion`` that is a logarithm or nearly one, lowered where trials fail."""
        return criterion if self.posterior is None else _Weighed(criterion, self.posterior, self)


@dataclass(frozen=True, slots=True, eq=False)
class _Weighed:
    """A criterion plus log P(success)."""

    criterion: Climbable
    labels: Posterior
    success: Success

    @property
    def posterior(self) -> Posterior:
        return self.criterion.posterior

    def __call__(self, X: Array) -> Array:
        return self.criterion(X) + self.success(X)

    def with_gradient(self, s: Array) -> tuple[float, Array]:
        value, slope = self.criterion.with_gradient(s)
        ratio = self.posterior.scales_to(self.labels)
        added, more = self.success.with_gradient(s * ratio)
        return value + added, slope + ratio * more


@dataclass(slots=True)
class Feasibility:
    """Least-squares classification by a Gaussian process (Rasmussen and Williams 2006, sec. 6.5).

    Far from all data it falls back to the share of trials that failed. What it keeps belongs to the last
    checkpoint and is a function of what had finished by then.

    Attributes
    ----------
    columns : of the rows.
    most : rows that it learns from at most.
    """

    columns: Columns
    most: int = 200
    _fits: dict[int, Hyperparameters] = field(init=False, default_factory=dict)
    _known: dict[int, Success] = field(init=False, default_factory=dict)

    def success(self, X: Array, failed: Mask) -> Success:
        """What is believed once ``failed`` (n,) of the rows ``X`` (n, D) have failed."""
        size = checkpoint(len(X), 0.05)
        if not failed[:size].any():
            return Success()
        if size not in self._known:
            self._known = {size: Success(self._posterior(X[:size], failed[:size]), float(failed[:size].mean()))}
        return self._known[size]

    def _posterior(self, X: Array, failed: Mask) -> Posterior:
        rows = active_set(Embedding.of(self.columns), X, _rank(failed), self.most)
        t = np.asarray(failed[rows] - failed.mean(), dtype=np.float64)
        return Posterior.given(Embedding.of(self.columns), self._hyperparameters(X, failed), X[rows], t)

    def _hyperparameters(self, X: Array, failed: Mask) -> Hyperparameters:
        """Fitted to standardised labels at the last checkpoint of a coarser schedule, then scaled back."""
        size = checkpoint(len(X), 0.25)
        if size not in self._fits:
            embedding = Embedding.of(self.columns)
            rows = active_set(embedding, X[:size], _rank(failed[:size]), self.most)
            t = np.asarray(failed[rows] - failed[:size].mean(), dtype=np.float64)
            spread = float(t.std()) or 1.0
            h = most_plausible(embedding, embedding.embed(X[rows]), t / spread, Prior(noise_width=1.0)).vector
            h[-3:] += 2.0 * np.log(spread)
            self._fits = {size: Hyperparameters.from_vector(h)}
        return self._fits[size]


def _rank(failed: Mask) -> Array:
    """Failures first, then the latest: what `active_set` should keep."""
    return np.where(failed, -1.0, 0.0) - np.arange(len(failed)) / (len(failed) + 1.0)
