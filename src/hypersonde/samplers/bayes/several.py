"""Beliefs about several losses at once: one process per suggestion, on a random scalarisation of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.models.gp import Embedding, Hyperparameters, Posterior, Prior
from hypersonde.models.outputs import Warp
from hypersonde.samplers.bayes.active_set import active_set
from hypersonde.samplers.bayes.belief import Belief, Learner
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.scalarise import chebyshev, ranked

__all__ = ["Several"]


@dataclass(slots=True)
class Several:
    """Hyperparameters are fitted to every loss on its own and blended by the weights of the scalarisation.

    Attributes
    ----------
    columns, prior, budget : see `Learner`.
    """

    columns: Columns
    prior: Prior = field(default_factory=Prior)
    budget: Budget = field(default_factory=Budget)
    _learners: list[Learner] = field(init=False, default_factory=list)

    def believe(self, X: Array, losses: Array, rng: np.random.Generator) -> Belief:
        """From finite ``losses`` (n, m) at rows ``X`` (n, D), for weights drawn uniformly from the simplex."""
        count = losses.shape[1]
        while len(self._learners) < count:
            self._learners.append(Learner(self.columns, self.prior, self.budget))
        weights = rng.dirichlet(np.ones(count))
        y = chebyshev(ranked(losses), weights)
        fits = [learner.hyperparameters(X, losses[:, j]).vector for j, learner in enumerate(self._learners)]
        h = Hyperparameters.from_vector(weights @ np.array(fits))
        embedding = Embedding.of(self.columns)
        rows = active_set(embedding, X, y, self.budget.rows(len(y)), np.exp(-h.log_lengths))
        warp, t = Warp.of(y[rows])
        return Belief.of(Posterior.given(embedding, h, X[rows], t), warp, X[rows])
