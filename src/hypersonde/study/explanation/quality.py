"""How well a Gaussian process predicts the results of a study that it has not seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array
from hypersonde.models.calibration import Agreement
from hypersonde.models.gp import Posterior, Prior
from hypersonde.models.gp.folds import predict_by_folds
from hypersonde.models.outputs import Warp
from hypersonde.models.sensitivity import total_effects
from hypersonde.problem.encoding import Encoding
from hypersonde.study.explanation.promise import Promise, fitted, promises
from hypersonde.study.one_thread import one_thread
from hypersonde.trials import History, Metric

__all__ = ["ModelQuality", "Parameter", "Surprise", "model_quality"]

_ROWS = 512
"""Random rows on which effects are measured."""
_SURPRISING = 3.0


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a model makes of a parameter.

    Attributes
    ----------
    name : of the parameter.
    effect : its total effect on the model's mean over the whole space, a share of the variance: see `total_effects`.
    length : length scale; 1 is the whole range of a number, or the step to another category.
    """

    name: str
    effect: float
    length: float


@dataclass(frozen=True, slots=True)
class Surprise:
    """A trial whose value is more than three deviations away from what all the others say.

    Attributes
    ----------
    number : of the trial.
    off : in deviations; positive is worse than predicted.
    """

    number: int
    off: float


@dataclass(frozen=True, slots=True, eq=False)
class ModelQuality:
    """A Gaussian process fitted to one metric on the scale on which the default sampler works (`Warp`).

    Attributes
    ----------
    metric : what is predicted.
    used, values : trials that the model took, of those that have a value.
    agreement : of leave-one-out predictions of losses, noise included, with the losses; hyperparameters are those
        of all rows, so it flatters while they are few.
    refitted : the same by fifths, each predicted by a model fitted to the others: see `predict_by_folds`.
    noise : standard deviation of the noise, in standard deviations of the losses.
    warp : between losses and that scale.
    parameters : the most effective first.
    surprises : the largest first.
    promise : the trial that is expected to be the best.
    """

    metric: Metric
    used: int
    values: int
    agreement: Agreement
    refitted: Agreement
    noise: float
    warp: Warp
    parameters: tuple[Parameter, ...]
    surprises: tuple[Surprise, ...]
    promise: Promise

    def noise_at(self, values: Array) -> Array:
        """Standard deviation (n,) of the noise around ``values`` (n,) of the metric, in its units."""
        t = np.interp(self.metric.sign * values, self.warp.losses, self.warp.warped)
        return np.asarray((self.warp.back(t + self.noise) - self.warp.back(t - self.noise)) / 2.0)


@one_thread()
def model_quality(history: History, metric: int = 0) -> ModelQuality | None:
    """Of a model fitted now to a metric; None with fewer than `LEAST` values, or when all are the same."""
    model = fitted(history, metric)
    if model is None:
        return None
    posterior, t = model.posterior, model.posterior.t
    left_out = posterior.leave_one_out()
    X = history.X[model.numbers]
    return ModelQuality(
        metric=model.metric,
        used=len(model.numbers),
        values=model.values,
        agreement=_agreement(t, *left_out),
        refitted=_agreement(t, *predict_by_folds(posterior.embedding, X, t, Prior())),
        noise=float(np.sqrt(posterior.hyperparameters.noise)),
        warp=model.warp,
        parameters=_parameters(history.problem.encoding, posterior),
        surprises=_surprises(model.numbers, (t - left_out[0]) / np.sqrt(left_out[1])),
        promise=promises(history, model, 1)[0],
    )


def _agreement(t: Array, mean: Array, variance: Array) -> Agreement:
    return Agreement.of(t, mean, np.sqrt(variance))


def _parameters(encoding: Encoding, posterior: Posterior) -> tuple[Parameter, ...]:
    rng = np.random.default_rng(0)
    X = encoding.from_unit(rng.random((_ROWS, len(encoding.columns))))
    redrawn = [_mean(posterior, _redrawn(encoding, X, d, rng)) for d in range(len(encoding.columns))]
    effects = total_effects(_mean(posterior, X), np.array(redrawn))
    lengths = np.exp(posterior.hyperparameters.log_lengths)
    found = zip(encoding.columns.names, effects.tolist(), lengths.tolist(), strict=True)
    return tuple(sorted((Parameter(*one) for one in found), key=lambda p: -p.effect))


def _redrawn(encoding: Encoding, X: Array, d: int, rng: np.random.Generator) -> Array:
    """Rows ``X`` (n, D) with the values of column ``d`` shuffled among those where it is active."""
    Z = X.copy()
    active = ~np.isnan(X[:, d])
    Z[active, d] = rng.permutation(X[active, d])
    return encoding.activate(Z)


def _mean(posterior: Posterior, X: Array) -> Array:
    return np.asarray(posterior.a @ posterior.covariance(posterior.S, posterior.scale(X)))


def _surprises(numbers: npt.NDArray[np.int64], z: Array) -> tuple[Surprise, ...]:
    order = np.argsort(-np.abs(z), kind="stable")
    return tuple(Surprise(int(numbers[i]), float(z[i])) for i in order if abs(z[i]) > _SURPRISING)
