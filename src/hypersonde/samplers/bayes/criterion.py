"""An acquisition function bound to a posterior: what candidates are ranked and refined by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.acquisition import (
    log_expected_improvement,
    log_expected_improvement_slopes,
    lower_confidence,
)
from hypersonde.models.gp import Posterior

__all__ = ["Criterion"]


@dataclass(frozen=True, slots=True, eq=False)
class Criterion:
    """Higher is better. Log expected improvement on ``best``, or the lower confidence bound when ``kappa`` is set.

    Attributes
    ----------
    posterior : of warped outputs.
    best : the output to improve on.
    kappa : how many standard deviations below the mean count; None for expected improvement.
    """

    posterior: Posterior
    best: float
    kappa: float | None = None

    def of(self, mean: Array, variance: Array) -> Array:
        """Values (n,) at points with these predictions."""
        std = np.sqrt(variance)
        if self.kappa is None:
            return log_expected_improvement(mean, std, self.best)
        return lower_confidence(mean, std, self.kappa)

    def __call__(self, X: Array) -> Array:
        """Values (n,) at rows ``X`` (n, D)."""
        return self.of(*self.posterior.predict(X))

    def with_gradient(self, s: Array) -> tuple[float, Array]:
        """Value and gradient (E,) at one scaled point ``s`` (E,)."""
        mean, variance, d_mean, d_variance = self.posterior.predict_with_gradient(s)
        std = float(np.sqrt(variance))
        if self.kappa is None:
            told = log_expected_improvement_slopes(np.array([mean]), np.array([std]), self.best)
            value, by_mean, by_std = (float(a[0]) for a in told)
        else:
            value, by_mean, by_std = self.kappa * std - mean, -1.0, self.kappa
        return value, by_mean * d_mean + (by_std / (2.0 * std)) * d_variance
