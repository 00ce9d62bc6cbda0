"""Two or three losses at once: one process for each, and what their front leaves to be gained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp import Posterior
from hypersonde.models.hypervolume import pareto_mask
from hypersonde.models.improvement import Boxes
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.bayes.belief import Belief
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.candidates import candidates
from hypersonde.samplers.bayes.feasibility import Success
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.pool import Pool
from hypersonde.samplers.bayes.refinement import refine

__all__ = ["Compromise", "Compromises", "Gain"]

_BEYOND = 0.1
"""The reference lies so far beyond the worst of the front, as a part of the front's extent."""
_PENDING = 128
"""Pending rows that count at most: the latest."""
_SMALL = 4
_CHUNK = 100
_SHORTLIST = 256
"""Candidates of a pool that are judged anew after every choice."""
_LEAST_POOL = 512
_JUDGED, _FEWEST = 60_000, 100
"""Pairs of a candidate and a box that are looked at for one suggestion, and the fewest candidates."""


@dataclass(frozen=True, slots=True, eq=False)
class Gain:
    """Logarithm of the expected hypervolume improvement: a criterion that `refine` can climb.

    Attributes
    ----------
    posteriors : of m warped losses.
    boxes : what the front leaves open, in their units.
    """

    posteriors: Sequence[Posterior]
    boxes: Boxes

    @property
    def posterior(self) -> Posterior:
        """The first: in its scale points are handed to `with_gradient`."""
        return self.posteriors[0]

    def __call__(self, X: Array) -> Array:
        """Values (n,) at rows ``X`` (n, D)."""
        mean, variance = (np.array(a).T for a in zip(*(p.predict(X) for p in self.posteriors), strict=True))
        return self.boxes.log_expected(mean, np.sqrt(variance))

    def near(self, x: Array) -> Gain:
        """The same around one row (D,), by the boxes that matter there: what climbs from it asks for it many times."""
        mean, variance = (np.array(a)[:, 0] for a in zip(*(p.predict(x[None]) for p in self.posteriors), strict=True))
        return Gain(self.posteriors, self.boxes.near(mean, np.sqrt(variance)))

    def with_gradient(self, s: Array) -> tuple[float, Array]:
        """Value and gradient (E,) at one point ``s`` (E,), scaled as `posterior` scales."""
        ratios = [self.posterior.scales_to(p) for p in self.posteriors]
        found = [p.predict_with_gradient(s * r) for p, r in zip(self.posteriors, ratios, strict=True)]
        mean, std = np.array([f[0] for f in found]), np.sqrt([f[1] for f in found])
        value, by_mean, by_std = self.boxes.with_slopes(mean, std)
        slope = np.zeros_like(s)
        for j, (_, _, d_mean, d_variance) in enumerate(found):
            slope += ratios[j] * (by_mean[j] * d_mean + by_std[j] / (2.0 * std[j]) * d_variance)
        return value, slope


@dataclass(frozen=True, slots=True, eq=False)
class Compromise:
    """A row and what was predicted there: ``mean`` and ``variance`` (m,), warped."""

    x: Array
    mean: Array
    variance: Array


@dataclass(frozen=True, slots=True, eq=False)
class Compromises:
    """What compromises are chosen from.

    Attributes
    ----------
    encoding : of the space.
    novelty : what may still be chosen.
    beliefs : of each loss.
    X : (n, D) rows with values, the front among them.
    budget : what a choice may cost when there are so many ``trials``.
    success : where trials end with a value.
    """

    encoding: Encoding
    novelty: Novelty
    beliefs: Sequence[Belief]
    X: Array
    budget: Budget
    trials: int
    success: Success

    def propose(self, count: int, pending: Array, rng: np.random.Generator) -> list[Compromise]:
        """Up to ``count`` new rows while ``pending`` (p, D) run; fewer when candidates run out."""
        found: list[Compromise] = []
        while len(found) < count:
            taken = np.concatenate([pending, *(c.x[None] for c in found)])[-_PENDING:]
            gain = self._gain(taken)
            place = len(found) % _CHUNK
            if count <= _SMALL or place < self.budget.refined_of_batch(self.trials):
                batch = self._one(gain, rng)
            else:
                batch = self._many(gain, taken, min(_CHUNK - place, count - len(found)), rng)
            found += batch
            if not batch:
                break
        return found

    def _gain(self, taken: Array) -> Gain:
        """The aim, rows that are ``taken`` believed: points of the front where they are predicted to be."""
        posteriors = [belief.posterior.believing(taken) for belief in self.beliefs]
        points, reference = self._points(posteriors, taken)
        return Gain(posteriors, Boxes.around(points, reference))

    def _points(self, posteriors: Sequence[Posterior], taken: Array) -> tuple[Array, Array]:
        """(n, m) predicted means of all rows among which the front is, and the reference (m,)."""
        Y = _means(posteriors, self.X)
        return np.concatenate([Y, _means(posteriors, taken)]), _reference(Y)

    def _elites(self, rng: np.random.Generator) -> Array:
        """Rows of the front, in random order: around all parts of it is where to look."""
        Y = _means([belief.posterior for belief in self.beliefs], self.X)
        return np.asarray(self.X[rng.permutation(np.flatnonzero(pareto_mask(Y)))])

    def _one(self, gain: Gain, rng: np.random.Generator) -> list[Compromise]:
        """The best new row, the best candidate refined."""
        most = max(_JUDGED // len(gain.boxes.upper), _FEWEST)
        X = candidates(self.encoding, self._elites(rng), min(self.budget.candidates(self.trials), most), rng)
        values = self.success.weigh(gain)(X)
        top = int(np.argmax(values))
        peak, height = refine(self.encoding, self.success.weigh(gain.near(X[top])), X[top], float(values[top]))
        X = np.concatenate([peak[None], X])
        values = np.concatenate([[height], values])
        i = self.novelty.first(X, np.argsort(-values, kind="stable"))
        if i is None:
            return []
        found = [p.predict(X[[i]]) for p in gain.posteriors]
        return [Compromise(X[i], np.array([f[0][0] for f in found]), np.array([f[1][0] for f in found]))]

    def _many(self, gain: Gain, taken: Array, count: int, rng: np.random.Generator) -> list[Compromise]:
        """Rows from one pool, those ``taken`` and those before each believed."""
        drawn = max(_LEAST_POOL, self.budget.pool(self.trials) * count)
        X = candidates(self.encoding, self._elites(rng), drawn, rng)
        X = X[self.novelty.new(X)]
        X = X[np.unique(self.encoding.keys(X), return_index=True)[1]]
        if not len(X):
            return []
        log_success = self.success(X)
        best = np.argsort(-(gain(X) + log_success), kind="stable")[: max(_SHORTLIST, 2 * count)]
        X, log_success = X[best], log_success[best]
        pools = [Pool(p, X, count) for p in gain.posteriors]
        mean = np.column_stack([pool.mean for pool in pools])
        front, (believed, reference) = gain.boxes, self._points(gain.posteriors, taken)
        found: list[Compromise] = []
        closed = np.zeros(len(X), dtype=np.bool_)
        while len(found) < min(count, len(X)):
            variance = np.column_stack([pool.variance for pool in pools])
            values = front.log_expected(mean, np.sqrt(variance)) + log_success
            i = int(np.argmax(np.where(closed, -np.inf, values)))
            closed[i] = True
            self.novelty.take(X[[i]])
            found.append(Compromise(X[i], mean[i], variance[i]))
            for pool in pools:
                pool.believe(i)
            believed = np.concatenate([believed, mean[[i]]])
            front = Boxes.around(believed, reference)
        return found


def _means(posteriors: Sequence[Posterior], X: Array) -> Array:
    """(n, m) predicted means at rows ``X`` (n, D)."""
    return np.column_stack([p.mean(p.scale(X)) for p in posteriors])


def _reference(Y: Array) -> Array:
    """(m,) a little beyond the worst of the front of ``Y`` (n, m); beyond all of it while the front is one point."""
    front = Y[pareto_mask(Y)]
    counted = front if len(front) > 1 else Y
    worst, best = counted.max(axis=0), counted.min(axis=0)
    return np.asarray(worst + np.maximum(_BEYOND * (worst - best), 1e-3))
