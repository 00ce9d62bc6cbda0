"""From a belief to rows worth trying: candidates, refinement, and batches that spread over what may be best."""

from __future__ import annotations

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
from hypersonde.samplers.bayes.elsewhere import Basin
from hypersonde.samplers.bayes.feasibility import Success
from hypersonde.samplers.bayes.minima import lowest
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.refinement import Climbable, refine

__all__ = ["Proposal", "Proposer"]

_ELITES = 5
_DOUBTED = 10
"""Rows that may be tried again: the best by predicted mean."""
_CLIMBS = 3
"""Rows from which peaks outside of a basin are looked for."""
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
    success : where trials end with a value: every criterion is lower where they do not.
    noisy : whether a row may be worth a second trial.
    """

    encoding: Encoding
    novelty: Novelty
    aims: Aims
    budget: Budget
    trials: int
    success: Success
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
        x = self._best_new(aim, rng)
        if x is None and aim.avoid is not None:
            aim = self.aims.improvement(posterior)
            x = self._best_new(aim, rng)
        return [] if x is None else [self._or_again(posterior, aim, x, running)]

    def _best_new(self, aim: Aim, rng: np.random.Generator) -> Array | None:
        """A row (D,), taken then."""
        X, values = self._looked_at(aim, rng)
        i = self.novelty.first(X, np.argsort(-values, kind="stable"))
        return None if i is None else X[i]

    def _looked_at(self, aim: Aim, rng: np.random.Generator) -> tuple[Array, Array]:
        """Rows (n, D) and what they promise, (n,): the peaks near the best candidates, then all candidates.

        Outside of a basin only peaks count: on the slope that leads into it the best place is always its border.
        """
        X = candidates(self.encoding, aim.elites[:_ELITES], self.budget.candidates(self.trials), rng)
        criterion = self.success.weigh(aim.criterion)
        values = criterion(X)
        if aim.avoid is not None:
            return self._peaks_outside(criterion, aim.avoid, X, values)
        top = np.argsort(-values, kind="stable")[: self.budget.refined(self.trials)]
        peaks = [refine(self.encoding, criterion, X[i], float(values[i])) for i in top]
        return np.concatenate([[x for x, _ in peaks], X]), np.concatenate([[v for _, v in peaks], values])

    def _peaks_outside(self, criterion: Climbable, basin: Basin, X: Array, values: Array) -> tuple[Array, Array]:
        """Peaks outside of the basin, climbed to from the best rows there, one far from the other."""
        open_ = ~basin.contains(X)
        found, heights = [], []
        for _ in range(_CLIMBS):
            if not open_.any():
                break
            i = int(np.argmax(np.where(open_, values, -np.inf)))
            open_ &= ~basin.beside(X[i]).contains(X)
            x, height = refine(self.encoding, criterion, X[i], float(values[i]))
            if not basin.contains(x[None])[0]:
                found.append(x)
                heights.append(height)
        return np.array(found).reshape(len(found), X.shape[1]), np.array(heights)

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
        rows = lowest(self.encoding, functions, X, steps, self.novelty.new, self.success, rng)
        self.novelty.take(rows)
        mean, variance = posterior.predict(rows)
        told = zip(rows, boldness.tolist(), mean.tolist(), variance.tolist(), strict=False)
        return [Proposal(x, "gp-draw", kappa, m, v) for x, kappa, m, v in told]


def _among(X: Array, Z: Array) -> Mask:
    """(n,) mask of the rows ``X`` (n, D) that are one of ``Z`` (m, D)."""
    equal = (X[:, None] == Z) | (np.isnan(X)[:, None] & np.isnan(Z))
    return np.asarray(equal.all(axis=2).any(axis=1))
