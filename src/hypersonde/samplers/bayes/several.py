"""Beliefs about several losses: one process for each, or one on a random scalarisation of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp import Embedding, Hyperparameters, Posterior
from hypersonde.models.outputs import Warp
from hypersonde.samplers.bayes.active_set import active_set
from hypersonde.samplers.bayes.belief import Belief, Learner
from hypersonde.samplers.bayes.findings import Front
from hypersonde.samplers.lessons import chebyshev, rank

__all__ = ["Several"]


@dataclass(frozen=True, slots=True)
class Several:
    """Hyperparameters are fitted to every loss on its own.

    Attributes
    ----------
    learners : one per loss.
    front : of all that is known.
    """

    learners: Sequence[Learner]
    front: Front = field(default_factory=Front)

    def beliefs(self, X: Array, losses: Array) -> list[Belief]:
        """One per loss, from finite ``losses`` (n, m) at rows ``X`` (n, D) in order of finishing."""
        return [learner.believe(X, losses[:, j]) for j, learner in enumerate(self.learners)]

    def rows(self, X: Array, losses: Array) -> Array:
        """Rows (k, D) among which the front is: all while they are few, else those that nothing dominates."""
        return X if len(X) <= self.learners[0].budget.most else X[self.front.of(losses)]

    def scalarised(self, X: Array, losses: Array, rng: np.random.Generator) -> Belief:
        """For weights drawn uniformly from the simplex, by which hyperparameters are blended, too."""
        weights = rng.dirichlet(np.ones(losses.shape[1]))
        y = chebyshev(rank(losses), weights)
        fits = [learner.hyperparameters(X, losses[:, j]).vector for j, learner in enumerate(self.learners)]
        h = Hyperparameters.from_vector(weights @ np.array(fits))
        first = self.learners[0]
        embedding = Embedding.of(first.columns)
        rows = active_set(embedding, X, y, first.budget.rows(len(y)), np.exp(-h.log_lengths))
        warp, t = Warp.of(y[rows])
        return Belief.of(Posterior.given(embedding, h, X[rows], t), warp, X[rows])
