"""The surrogates that a word may stand for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, cast

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.models.base import Model, Surrogate, Updatable

__all__ = ["SURROGATES", "Learner", "Refitted", "learner"]

_TREES = 48
"""Enough for a choice between candidates: 100 cost twice the time and were not measurably better."""


class Learner(Model, Updatable, Protocol):
    """A model that takes in further points."""


def _random_forest() -> Surrogate:
    from hypersonde.models.forest import Forest

    return Forest(trees=_TREES, splitter="best", columns=1 / 3, smallest=2)


def _extra_trees() -> Surrogate:
    from hypersonde.models.forest import Forest

    return Forest(trees=_TREES, splitter="random")


def _gaussian_process() -> Surrogate:
    from hypersonde.models.gp import GaussianProcess

    return GaussianProcess()


def _dummy() -> Surrogate:
    from hypersonde.models.dummy import Dummy

    return Dummy()


SURROGATES: Final[dict[str, Callable[[], Surrogate]]] = {
    "RF": _random_forest,
    "ET": _extra_trees,
    "GP": _gaussian_process,
    "DUMMY": _dummy,
}


@dataclass(frozen=True, slots=True, eq=False)
class Refitted:
    """A model that takes in further points by being fitted again to all of them: slow, for those that cannot else.

    Attributes
    ----------
    model : what was fitted last.
    surrogate, X, y, columns, seed : how to fit it again.
    """

    model: Model
    surrogate: Surrogate
    X: Array
    y: Array
    columns: Columns
    seed: int

    def predict(self, X: Array) -> tuple[Array, Array]:
        return self.model.predict(X)

    def add(self, X: Array, y: Array) -> Refitted:
        more, outputs = np.concatenate([self.X, X]), np.concatenate([self.y, y])
        model = self.surrogate.fit(more, outputs, self.columns, np.random.default_rng(self.seed))
        return Refitted(model, self.surrogate, more, outputs, self.columns, self.seed)


def learner(surrogate: Surrogate, X: Array, y: Array, columns: Columns, seed: int) -> Learner:
    """The model of ``y`` (n,) at ``X`` (n, D), in a form that takes in further points."""
    model = surrogate.fit(X, y, columns, np.random.default_rng(seed))
    if isinstance(model, Updatable):
        return cast(Learner, model)
    return Refitted(model, surrogate, X, y, columns, seed)
