"""What a search believes about its loss: a Gaussian process on the rows it can afford, in warped units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Columns
from hypersonde.models.gp import Embedding, Hyperparameters, Posterior, Prior, most_plausible
from hypersonde.models.outputs import Warp
from hypersonde.samplers.bayes.active_set import active_set
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.schedule import checkpoint
from hypersonde.samplers.bayes.teachers import Expectation, Teachers

__all__ = ["Belief", "Learner"]


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """A posterior of warped losses and what it says of the rows that it has seen.

    Attributes
    ----------
    posterior : of warped losses, believers included.
    warp : between losses and what the posterior speaks of.
    elites : (k, D) rows seen, by predicted mean, lowest first; one that was tried several times stands here once.
    means : (k,) those predicted means. The first is what is to be improved on, free of the luck of noise.
    """

    posterior: Posterior
    warp: Warp
    elites: Array
    means: Array

    @classmethod
    def of(cls, posterior: Posterior, warp: Warp, X: Array) -> Belief:
        """From a posterior of the losses at rows ``X`` (k, D)."""
        means = posterior.at_observed()
        order = np.argsort(means, kind="stable")
        elites, means = X[order], means[order]
        new = np.ones(len(means), dtype=np.bool_)
        new[1:] = ((elites[1:] != elites[:-1]) & ~(np.isnan(elites[1:]) & np.isnan(elites[:-1]))).any(axis=1)
        return cls(posterior, warp, elites[new], means[new])


@dataclass(frozen=True, slots=True)
class _Base:
    """A posterior without outputs, built at a checkpoint."""

    size: int
    rows: npt.NDArray[np.int64]
    posterior: Posterior


@dataclass(slots=True)
class Learner:
    """Turns losses in order of finishing into beliefs; what it keeps is a function of that order alone.

    Attributes
    ----------
    columns : of the rows.
    prior : beliefs about hyperparameters.
    budget : of rows that a posterior holds.
    growth : hyperparameters are fitted anew when the data has grown by this part.
    teachers : other studies to learn from; None for none.
    warp : makes of losses what a process likes to see.
    """

    columns: Columns
    prior: Prior = field(default_factory=Prior)
    budget: Budget = field(default_factory=Budget)
    growth: float = 0.2
    teachers: Teachers | None = None
    warp: Callable[[Array], tuple[Warp, Array]] = Warp.of
    _embedding: Embedding = field(init=False)
    _fits: dict[int, Hyperparameters] = field(init=False, default_factory=dict)
    _bases: dict[int, _Base] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._embedding = Embedding.of(self.columns)

    def believe(self, X: Array, y: Array) -> Belief:
        """From finite losses ``y`` (n,) at rows ``X`` (n, D) in order of finishing, n >= 1."""
        base = self._base(X, y)
        fresh = self._fresh(y, base.size, base.rows)
        rows = np.concatenate([base.rows, fresh])
        warp, t = self.warp(y[rows])
        posterior = base.posterior.observing(X[fresh], np.zeros(len(fresh))).with_outputs(t, self._expected(X[rows], t))
        return Belief.of(posterior, warp, X[rows])

    def hyperparameters(self, X: Array, y: Array) -> Hyperparameters:
        """Fitted to what was there at the last checkpoint."""
        size = checkpoint(len(y), self.growth)
        if size not in self._fits:
            rows = active_set(self._embedding, X[:size], y[:size], self.budget.rows(size))
            _, t = self.warp(y[rows])
            features = self._embedding.embed(X[rows])
            expected = self._expected(X[rows], t)
            residual = t if expected is None else t - expected.at(features)
            self._fits = {size: most_plausible(self._embedding, features, residual, self.prior)}
        return self._fits[size]

    def _expected(self, X: Array, t: Array) -> Expectation | None:
        """What other studies say of outputs ``t`` (n,) at rows ``X`` (n, D)."""
        return None if self.teachers is None else self.teachers.expectation(X, t)

    def _base(self, X: Array, y: Array) -> _Base:
        """The posterior of the last checkpoint: of the fit, or in small steps once not all rows are kept."""
        size = checkpoint(len(y), self.growth if len(y) <= self.budget.most else 0.02)
        if size not in self._bases:
            h = self.hyperparameters(X[:size], y[:size])
            most = self.budget.rows(size)
            rows = active_set(self._embedding, X[:size], y[:size], most, np.exp(-h.log_lengths))
            posterior = Posterior.given(self._embedding, h, X[rows], np.zeros(len(rows)))
            self._bases = {size: _Base(size, rows, posterior)}
        return self._bases[size]

    def _fresh(self, y: Array, size: int, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Rows since the checkpoint: all while they are few, then those that are better than most that are kept."""
        fresh = np.arange(size, len(y))
        if len(y) <= self.budget.most:
            return fresh
        good = fresh[y[fresh] <= np.median(y[rows])]
        return np.union1d(fresh[-16:], good[np.argsort(y[good], kind="stable")[:32]])
