"""How likely a configuration is to fail, learned from the failures so far."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hypersonde.columns import Array, Columns, Mask
from hypersonde.models.gp import Embedding, Hyperparameters, Posterior, Prior, most_plausible
from hypersonde.samplers.bayes.active_set import active_set
from hypersonde.samplers.bayes.schedule import checkpoint

__all__ = ["Feasibility"]


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
    _posteriors: dict[int, Posterior] = field(init=False, default_factory=dict)

    def log_success(self, X: Array, failed: Mask, at: Array) -> Array:
        """log P(a trial at rows ``at`` (k, D) ends with a value), (k,), given who ``failed`` (n,) among ``X`` (n, D).

        Zeros while nothing failed.
        """
        size = checkpoint(len(X), 0.05)
        if not failed[:size].any():
            return np.zeros(len(at))
        if size not in self._posteriors:
            self._posteriors = {size: self._posterior(X[:size], failed[:size])}
        mean, _ = self._posteriors[size].predict(at)
        return np.log1p(-np.clip(float(failed[:size].mean()) + mean, 0.0, 0.99))

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
