"""The surrogates that a word may stand for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, cast

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.models.base import Model, Surrogate, Updatable
from hypersonde.samplers.ambs.amended import Amended

__all__ = ["SURROGATES", "Learner", "learner"]

_TREES = 48
"""Enough for a choice between candidates: 100 cost twice the time and were not measurably better."""


class Learner(Model, Updatable, Protocol):
    """A model that takes in further points."""


def _random_forest() -> Surrogate:
    from hypersonde.models.forest import Forest

    return Forest(trees=_TREES, splitter="best", columns=1 / 3, smallest=2)


def _extra_trees() -> Surrogate:
    from hypersonde.models.forest import Forest

    return Forest(trees=_TREES, splitter="random", bag=0.7)  # few trees: more of them to hold rows out for deviations


def _boosted_trees() -> Surrogate:
    from hypersonde.models.boosting import Boosting

    return Boosting()


def _gaussian_process() -> Surrogate:
    from hypersonde.models.gp import GaussianProcess

    return GaussianProcess()


def _dummy() -> Surrogate:
    from hypersonde.models.dummy import Dummy

    return Dummy()


SURROGATES: Final[dict[str, Callable[[], Surrogate]]] = {
    "RF": _random_forest,
    "ET": _extra_trees,
    "GBRT": _boosted_trees,
    "GP": _gaussian_process,
    "DUMMY": _dummy,
}


def learner(surrogate: Surrogate, X: Array, y: Array, columns: Columns, seed: int) -> Learner:
    """The model of ``y`` (n,) at ``X`` (n, D), in a form that takes in further points."""
    model = surrogate.fit(X, y, columns, np.random.default_rng(seed))
    return cast(Learner, model) if isinstance(model, Updatable) else Amended.of(model, columns)
