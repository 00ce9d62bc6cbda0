"""Which trials are best by a model of all of them, which with noise need not be those with the best values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypersonde.models.gp import Embedding, Posterior, Prior, most_plausible
from hypersonde.models.outputs import Warp
from hypersonde.samplers.bayes.active_set import active_set
from hypersonde.samplers.lessons import Lessons
from hypersonde.study.one_thread import one_thread
from hypersonde.trials import History, Metric

__all__ = ["LEAST", "Fitted", "Promise", "fitted", "promises"]

LEAST = 10
"""Values below which nothing is said of a model or of its intervals."""

_MOST = 300
"""Rows that a model takes, as many as the default sampler's."""


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A Gaussian process of one metric, on the scale on which the default sampler works.

    Attributes
    ----------
    metric : what is predicted.
    values : how many trials have one.
    numbers : (n,) trials that the model took.
    posterior : of their warped losses, in the same order.
    warp : between losses and that scale.
    """

    metric: Metric
    values: int
    numbers: npt.NDArray[np.int64]
    posterior: Posterior
    warp: Warp


@dataclass(frozen=True, slots=True)
class Promise:
    """A trial and what may be expected of its configuration.

    Attributes
    ----------
    number : of the trial.
    predicted, deviation : what the model says of it without the noise of measuring, in units of the metric.
    """

    number: int
    predicted: float
    deviation: float


@one_thread()
def fitted(history: History, metric: int = 0) -> Fitted | None:
    """A model fitted now to a metric; None with fewer than `LEAST` values, or when all are the same."""
    lessons = Lessons.of(history)
    known = np.flatnonzero(~np.isnan(lessons.losses[:, metric]))
    numbers, y = lessons.numbers[known], lessons.losses[known, metric]
    if len(y) < LEAST or np.all(y == y[0]):
        return None
    embedding = Embedding.of(history.problem.encoding.columns)
    rows = active_set(embedding, history.X[numbers], y, _MOST)
    X = history.X[numbers[rows]]
    warp, t = Warp.of(y[rows])
    posterior = Posterior.given(embedding, most_plausible(embedding, embedding.embed(X), t, Prior()), X, t)
    return Fitted(history.metrics[metric], len(y), numbers[rows], posterior, warp)


@one_thread()
def promises(history: History, model: Fitted, count: int) -> list[Promise]:
    """The ``count`` best trials by the mean that the model predicts, best first, one for each configuration.

    Of several trials of a configuration the one with the best value stands for it.
    """
    losses = history.losses[model.numbers, history.metrics.index(model.metric)]
    order = np.lexsort((model.numbers, losses, model.posterior.at_observed().round(9)))
    keys = history.problem.encoding.keys(history.X[model.numbers])
    chosen = {keys[i]: i for i in order[::-1].tolist()}
    first = sorted(chosen.values(), key=order.argsort().tolist().__getitem__)[:count]
    mean, variance = model.posterior.predict_scaled(model.posterior.S[first])
    low, middle, high = (model.warp.back(mean + s * np.sqrt(variance)) for s in (-1.0, 0.0, 1.0))
    told = zip(model.numbers[first].tolist(), middle.tolist(), ((high - low) / 2.0).tolist(), strict=True)
    return [Promise(number, model.metric.sign * value, deviation) for number, value, deviation in told]
