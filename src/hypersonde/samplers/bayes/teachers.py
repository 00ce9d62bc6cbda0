"""What other studies say of this one's loss, each weighed by how well it says what is known here already.

The losses of a study that is alike are, up to an offset and a scale, a guess at the losses here. So the expectation of
this study's Gaussian process is an offset plus a sum of what the processes of the other studies predict, with weights
that are not negative: ridge regression on the trials that have finished here, drawn towards trusting all studies
equally. While nothing is known here, they are trusted; a study that contradicts what is seen ends with weight 0,
and what all of them get wrong is left to the process to learn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls
from scipy.stats import rankdata

from hypersonde.columns import Array
from hypersonde.models.gp import Embedding, Hyperparameters, Posterior, Prior, most_plausible
from hypersonde.models.outputs import Warp
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.bayes.active_set import active_set
from hypersonde.samplers.bayes.precedent import Precedent

__all__ = ["Expectation", "Teacher", "Teachers"]

_MOST = 120
"""Rows that are kept of another study."""
_FEWEST = 5
"""Values below which another study says nothing."""
_IRRELEVANT = 12.0
"""Logarithm of a length scale so long that a parameter has no effect."""
_PULL = 1.0
"""How many trials the trust in other studies is worth."""


@dataclass(frozen=True, slots=True, eq=False)
class Teacher:
    """One other study in this one's columns.

    Attributes
    ----------
    name : of the study.
    posterior : of its warped losses.
    best : (k, D) its rows, best first, as legal rows here.
    """

    name: str
    posterior: Posterior
    best: Array

    @classmethod
    def of(cls, precedent: Precedent, encoding: Encoding, metric: str, prior: Prior) -> Teacher | None:
        """Learned from a precedent; None when it has too few values to say anything."""
        X, y = precedent.known(encoding, metric)
        shared = ~np.isnan(X).all(axis=0)
        if len(y) < _FEWEST or not shared.any() or y.min() == y.max():
            return None
        embedding = Embedding.of(encoding.columns)
        rows = active_set(embedding, X, y, _MOST)
        X, y = X[rows], y[rows]
        _, t = Warp.of(y)
        h = most_plausible(embedding, embedding.embed(X), t, prior)
        lengths = np.where(shared, h.log_lengths, _IRRELEVANT)
        h = Hyperparameters(lengths, h.log_trend, h.log_signal, h.log_noise)
        posterior = Posterior.given(embedding, h, X, t)
        order = np.argsort(posterior.at_observed(), kind="stable")
        return cls(precedent.name, posterior, encoding.activate(encoding.snap(X[order])))

    def at(self, Z: Array) -> Array:
        """What it predicts (m,) at features ``Z`` (m, E)."""
        return self.posterior.mean(Z * self._inverse)

    def with_gradient(self, z: Array) -> tuple[float, Array]:
        """What it predicts at one point ``z`` (E,), with the gradient (E,)."""
        value, slope = self.posterior.mean_with_gradient(z * self._inverse)
        return value, slope * self._inverse

    @property
    def _inverse(self) -> Array:
        h = self.posterior.hyperparameters
        return np.asarray(np.exp(-h.log_lengths)[self.posterior.embedding.owner])


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """An offset plus weighted predictions of teachers: a `MeanFunction`.

    Attributes
    ----------
    teachers : J of them.
    weights : (J,) not negative.
    offset : added.
    trust : rank correlation in [0, 1] of it with what is known here; 1 while too little is known.
    """

    teachers: tuple[Teacher, ...]
    weights: Array
    offset: float
    trust: float

    def at(self, Z: Array) -> Array:
        total = np.full(len(Z), self.offset)
        for teacher, weight in zip(self.teachers, self.weights, strict=True):
            if weight > 0.0:
                total += weight * teacher.at(Z)
        return total

    def with_gradient(self, z: Array) -> tuple[float, Array]:
        value, slope = self.offset, np.zeros_like(z)
        for teacher, weight in zip(self.teachers, self.weights, strict=True):
            if weight > 0.0:
                one, its_slope = teacher.with_gradient(z)
                value, slope = value + weight * one, slope + weight * its_slope
        return value, slope

    def record(self) -> str:
        """The weights by name, for the record of a trial: ``first 0.84, second 0``."""
        return ", ".join(f"{t.name} {w:.2g}" for t, w in zip(self.teachers, self.weights, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class Teachers:
    """All other studies, J >= 1."""

    all: tuple[Teacher, ...]

    @classmethod
    def of(cls, precedents: Sequence[Precedent], encoding: Encoding, metric: str, prior: Prior) -> Teachers | None:
        """Those of the precedents that say something of a metric; None when none does."""
        found = [Teacher.of(one, encoding, metric, prior) for one in precedents]
        teachers = tuple(one for one in found if one is not None)
        return cls(teachers) if teachers else None

    def expectation(self, X: Array, t: Array) -> Expectation:
        """Weighed by outputs ``t`` (n,) known at rows ``X`` (n, D), n >= 0."""
        Z = self.all[0].posterior.embedding.embed(X)
        M = np.array([teacher.at(Z) for teacher in self.all]).T.reshape(len(t), len(self.all))
        weights = _weights(M, t)
        guess = M @ weights
        offset = float(np.mean(t - guess)) if len(t) else 0.0
        return Expectation(self.all, weights, offset, _agreement(guess, t))


def _weights(M: Array, t: Array) -> Array:
    """Ridge regression of ``t`` (n,) on an offset and columns of ``M`` (n, J), weights >= 0 and drawn to 1 / J."""
    count = M.shape[1]
    if len(t) < 2:
        return np.full(count, 1.0 / count)
    A = np.vstack([M - M.mean(axis=0), np.sqrt(_PULL) * np.eye(count)])
    b = np.concatenate([t - t.mean(), np.full(count, np.sqrt(_PULL) / count)])
    return np.asarray(nnls(A, b)[0])


def _agreement(guess: Array, t: Array) -> float:
    """Spearman's rank correlation of two arrays (n,), not below 0; 1 where fewer than 4 values say too little."""
    if len(t) < 4:
        return 1.0
    a, b = rankdata(guess), rankdata(t)
    spread = float(a.std() * b.std())
    return max(0.0, float(np.mean((a - a.mean()) * (b - b.mean()))) / spread) if spread > 0.0 else 0.0
