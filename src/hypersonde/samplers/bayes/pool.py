"""A batch out of one pool of candidates: after every choice the rest is judged as if it were running."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp import Posterior

__all__ = ["Pool"]


class Pool:
    """Candidates with what a posterior predicts at them; `believe` extends the posterior in their coordinates.

    One believer costs O(N m) for m candidates and N points that the posterior knows: a rank-one extension of
    the Cholesky factor, of which only the products with the candidates are kept.

    Attributes
    ----------
    X : (m, D) candidates.
    mean, variance : (m,) predictions, believers included.
    """

    def __init__(self, posterior: Posterior, X: Array, room: int) -> None:
        self.X = X
        self._S = posterior.scale(X)
        self._posterior = posterior
        self.mean, self.variance, V = posterior.predict_with_factor(self._S)
        self._V = np.empty((len(V) + room, len(X)))
        self._V[: len(V)] = V
        self._known = len(V)

    def believe(self, i: int) -> None:
        """Take candidate ``i`` for its predicted mean."""
        V = self._V[: self._known]
        covariance = self._posterior.covariance(self._S, self._S[[i]])[:, 0] - V[:, i] @ V
        row = covariance / np.sqrt(self.variance[i] + self._posterior.hyperparameters.noise)
        self._V[self._known] = row
        self._known += 1
        self.variance = np.maximum(self.variance - row**2, 1e-12)
