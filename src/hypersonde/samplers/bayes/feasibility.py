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

    Far from all data it falls back to the share of trials that failed.

    Attributes
    ----------
    columns : of the rows.
    most : rows that it learns from at most.
    """

    columns: Columns
    most: int = 200
    _fits: dict[int, Hyperparameters] = field(init=False, default_factory=dict)

    def log_success(self, X: Array, failed: Mask, at: Array) -> Array:
        """log P(a trial at rows ``at`` (k, D) ends with a value), (k,), given who ``failed`` (n,) among ``X`` (n, D).

        Zeros while nothing failed.
        """
        if not failed.any():
            return np.zeros(len(at))
        embedding = Embedding.of(self.columns)
        h = self._hyperparameters(embedding, X, failed)
        rows = active_set(embedding, X, _label(failed), self.most)
        share = float(failed.mean())
        t = np.asarray(failed[rows] - share, dtype=np.float64)
        posterior = Posterior.given(embedding, h, X[rows], t)
        mean, _ = posterior.predict(at)
        return np.log1p(-np.clip(share + mean, 0.0, 0.99))

    def _hyperparameters(self, embedding: Embedding, X: Array, failed: Mask) -> Hyperparameters:
        size = checkpoint(len(X), 0.25)
        if size not in self._fits:
            rows = active_set(embedding, X[:size], _label(failed[:size]), self.most)
            t = np.asarray(failed[:size][rows] - failed[:size].mean(), dtype=np.float64)
            spread = float(t.std()) or 1.0
            h = most_plausible(
                embedding, embedding.embed(X[:size][rows]), np.asarray(t / spread), Prior(noise_width=1.0)
            )
            scale = 2.0 * float(np.log(spread))
            scaled = h.vector
            scaled[-3:] += scale
            self._fits = {size: Hyperparameters.from_vector(scaled)}
        return self._fits[size]


def _label(failed: Mask) -> Array:
    """Failures first, then the latest: what `active_set` should keep."""
    return np.where(failed, -1.0, 0.0) - np.arange(len(failed)) / (len(failed) + 1.0)
