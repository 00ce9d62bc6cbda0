"""What a surrogate believes after the results so far, and how it comes to believe it at little cost.

Fitting at every result costs too much, so it is done when the data has grown by a few percent, at sizes that are
the same for every search; results since then are taken in without a new fit. The belief is therefore a function of
the results in their order, whether it was built step by step or at once after a restart.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.models.base import Surrogate
from hypersonde.models.outputs import Warp
from hypersonde.samplers.ambs.surrogates import Learner, learner
from hypersonde.samplers.lessons import Lessons, impute, weigh
from hypersonde.trials import History

__all__ = ["Belief", "Beliefs"]

_GROWTH = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """A model, and the scale on which it speaks of losses: mean 0, variance 1, no tail (see `Warp`).

    Attributes
    ----------
    model : fitted on that scale.
    warp : from losses to the scale, and back.
    X : (n, D) rows that it knows.
    t : (n,) their losses on the scale.
    """

    model: Learner
    warp: Warp
    X: Array
    t: Array

    @classmethod
    def fitted(cls, surrogate: Surrogate, X: Array, y: Array, columns: Columns) -> Belief:
        """After losses ``y`` (n,) at rows ``X`` (n, D), n >= 1; the data decide the randomness of the fit."""
        warp, t = Warp.of(y)
        return cls(learner(surrogate, X, t, columns, zlib.crc32(X.tobytes())), warp, X, t)

    def after(self, X: Array, y: Array) -> Belief:
        """The belief after further losses ``y`` (m,) at rows ``X`` (m, D), on the same scale."""
        if not len(y):
            return self
        t = _forward(self.warp, y)
        model = self.model.add(X, t)
        return Belief(model, self.warp, np.concatenate([self.X, X]), np.concatenate([self.t, t]))

    def best_known(self, count: int) -> Array:
        """(count, D) rows with the lowest losses, best first."""
        return self.X[np.argsort(self.t, kind="stable")[:count]]


class Beliefs:
    """Beliefs of one surrogate: what was fitted for a history is kept until it has grown."""

    def __init__(self, surrogate: Surrogate) -> None:
        self._surrogate = surrogate
        self._kept: WeakKeyDictionary[History, tuple[Belief, Belief]] = WeakKeyDictionary()

    def of(self, history: History, lessons: Lessons, rng: np.random.Generator) -> Belief:
        """The belief after all lessons, at least one of which has a value.

        With several metrics, it is about a random compromise between them, and fitted anew each time.
        """
        X, columns = history.X[lessons.numbers], history.problem.encoding.columns
        if len(history.metrics) > 1:
            return Belief.fitted(self._surrogate, X, weigh(lessons.losses, rng), columns)
        y = lessons.losses
        size = _last_fit(y)
        base, latest = self._kept.get(history, (None, None))
        if base is None or len(base.t) != size:
            base = latest = Belief.fitted(self._surrogate, X[:size], impute(y[:size])[:, 0], columns)
        if latest is None or len(latest.t) != len(y):
            latest = base.after(X[size:], impute(y)[size:, 0])
        self._kept[history] = (base, latest)
        return latest


def _last_fit(losses: Array) -> int:
    """At how many of the losses (n, 1) the last fit is due: the sizes grow by 5 %, and the losses must differ."""
    n, size = len(losses), 1
    while (larger := max(size + 1, int(size * (1.0 + _GROWTH)))) <= n:
        size = larger
    known = losses[:size][~np.isnan(losses[:size])]
    return size if len(known) and known.min() < known.max() else n


def _forward(warp: Warp, y: Array) -> Array:
    """Losses ``y`` (n,) on the scale of ``warp``: interpolated inside what it has seen, extended linearly outside."""
    losses, warped = warp.losses, warp.warped
    inside = np.interp(y, losses, warped)
    if len(losses) == 1:
        return inside
    slope = (warped[-1] - warped[0]) / (losses[-1] - losses[0])
    outside = np.minimum(y - losses[0], 0.0) + np.maximum(y - losses[-1], 0.0)
    return np.asarray(inside + slope * outside)
