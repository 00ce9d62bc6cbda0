"""From a belief to rows worth trying: candidates, refinement, and batches that spread over what may be best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array, Mask
from hypersonde.models.gp import Functions, Posterior
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.base import AGAIN
from hypersonde.samplers.bayes.again import log_worth
from hypersonde.samplers.bayes.aim import Aim, Aims
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.candidates import candidates
from hypersonde.samplers.bayes.minima import lowest
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.refinement import refine

__all__ = ["Proposal", "Proposer"]

_ELITES = 5
_DOUBTED = 10
"""Rows that may be tried again: the best by predicted mean."""
_SMALL = 4
"""Up to so many rows at once, every one is refined."""
_CHUNK = 250
_LEAST_POOL = 512
_PENDING = 128
"""Pending rows that a posterior takes in at most: the ones nearest to the best."""


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """A row and why.

    Attributes
    ----------
    x : (D,) the row.
    proposer : by whom or for what it was chosen.
    kappa : how many deviations from the mean it was chosen for; None for improvement.
    mean, variance : what was predicted there, warped, pending trials believed.
    """

    x: Array
    proposer: str
    kappa: float | None
    mean: float
    variance: float


@dataclass(frozen=True, slots=True, eq=False)
class Proposer:
    """What proposals are made from.

    Attributes
    ----------
    encoding : of the space.
    novelty : what may still be proposed.
    aims : what suggestions are after.
    budget : what they may cost when there are so many ``trials``.
    log_success : log P(no failure) (n,) at rows (n, D), added to every criterion.
    noisy : whether a row may be worth a second trial.
    """

    encoding: Encoding
    novelty: Novelty
    aims: Aims
    budget: Budget
    trials: int
    log_success: Callable[[Array], Array]
    noisy: bool = False

    def propose(self, count: int, pending: Array, rng: np.random.Generator) -> list[Proposal]:
        """Up to ``count`` new rows while ``pending`` (p, D) run; fewer when candidates run out."""
        found: list[Proposal] = []
        while len(found) < count:
            running = np.concatenate([pending, *(p.x[None] for p in found)])
            posterior = self._believing(running)
            place = len(found) % _CHUNK
            if count <= _SMALL or place < self.budget.refined_of_batch(self.trials):
                batch = self._one(posterior, running, rng)
            else:
                batch = self._many(posterior, min(_CHUNK - place, count - len(found)), rng)
            found += batch
            if not batch:
                break
        return found

    def _believing(self, pending: Array) -> Posterior:
        belief = self.aims.belief
        posterior = belief.posterior
        if len(pending) > _PENDING:
            away = posterior.scale(pending) - posterior.scale(belief.elites[:1])
            nearest = np.argsort(np.einsum("ij,ij->i", away, away), kind="stable")
            pending = pending[nearest[:_PENDING]]
        return posterior.believing(pending)

    def _one(self, posterior: Posterior, running: Array, rng: np.random.Generator) -> list[Proposal]:
        """The best new row for one aim, the best candidates refined."""
        aim = self.aims.draw(posterior, rng)
        X = candidates(self.encoding, aim.elites[:_ELITES], self.budget.candidates(self.trials), rng)
        values = aim.masked(X, aim.criterion(X))
        top = np.argsort(-values, kind="stable")[: self.budget.refined(self.trials)]
        peaks = [refine(self.encoding, aim.criterion, X[i], float(values[i])) for i in top]
        X = np.concatenate([[x for x, _ in peaks], X])
        values = aim.masked(X, np.concatenate([[v for _, v in peaks], values])) + self.log_success(X)
        i = self.novelty.first(X, np.argsort(-values, kind="stable"))
        if i is None:
            return []
        return [self._or_again(posterior, aim, X[i], running)]

    def _or_again(self, posterior: Posterior, aim: Aim, x: Array, running: Array) -> Proposal:
        """A new row ``x`` (D,), or one that is not ``running`` (p, D) and worth more when it is tried again."""
        X = x[None]
        if self.noisy and aim.criterion.kappa is None and aim.avoid is None:
            tried = aim.elites[:_DOUBTED]
            X = np.concatenate([X, tried[~_among(tried, running)]])
        mean, variance = posterior.predict(X)
        worth = aim.criterion.of(mean, variance) + log_worth(variance, posterior.hyperparameters.noise)
        i = int(np.argmax(worth)) if len(X) > 1 else 0
        name = AGAIN if i else aim.name
        return Proposal(X[i], name, aim.criterion.kappa, float(mean[i]), float(variance[i]))

    def _many(self, posterior: Posterior, count: int, rng: np.random.Generator) -> list[Proposal]:
        """Rows where functions drawn from the process are low, one for each."""
        elites = self.aims.belief.elites[: max(_ELITES, count // 5)]
        X = candidates(self.encoding, elites, max(_LEAST_POOL, self.budget.pool(self.trials) * count), rng)
        X = X[self.novelty.new(X)]
        X = X[np.unique(self.encoding.keys(X), return_index=True)[1]]
        if not len(X):
            return []
        boldness = rng.exponential(1.0, count)
        functions = Functions.drawn(self.aims.belief.posterior, boldness, rng)
        steps = self.budget.steps(self.trials)
        rows = lowest(self.encoding, functions, X, steps, self.novelty.new, self.log_success, rng)
        self.novelty.take(rows)
        mean, variance = posterior.predict(rows)
        told = zip(rows, boldness.tolist(), mean.tolist(), variance.tolist(), strict=False)
        return [Proposal(x, "gp-draw", kappa, m, v) for x, kappa, m, v in told]


def _among(X: Array, Z: Array) -> Mask:
    """(n,) mask of the rows ``X`` (n, D) that are one of ``Z`` (m, D)."""
    equal = (X[:, None] == Z) | (np.isnan(X)[:, None] & np.isnan(Z))
    return np.asarray(equal.all(axis=2).any(axis=1))
