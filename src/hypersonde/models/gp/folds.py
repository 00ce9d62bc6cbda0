"""What a Gaussian process predicts of points that had no part in tuning it either: cross-validation with refits."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp.embedding import Embedding
from hypersonde.models.gp.fit import most_plausible
from hypersonde.models.gp.hyperparameters import Prior
from hypersonde.models.gp.posterior import Posterior

__all__ = ["predict_by_folds"]


def predict_by_folds(embedding: Embedding, X: Array, t: Array, prior: Prior, folds: int = 5) -> tuple[Array, Array]:
    """Mean (n,) and variance (n,), noise included, of outputs ``t`` (n,) at rows ``X`` (n, D), n > 1.

    Every fold is predicted by a process fitted to the others, hyperparameters too. The closed form of
    `Posterior.leave_one_out` keeps those of all rows, which makes its intervals look better than they are while
    rows are few; here they look worse, since every process has seen fewer rows. The truth lies between.
    """
    mean, variance = np.empty(len(t)), np.empty(len(t))
    shuffled = np.random.default_rng(0).permutation(len(t))
    for fold in np.array_split(shuffled, min(folds, len(t))):
        rest = np.setdiff1d(shuffled, fold)
        h = most_plausible(embedding, embedding.embed(X[rest]), t[rest], prior)
        mean[fold], variance[fold] = Posterior.given(embedding, h, X[rest], t[rest]).predict(X[fold])
        variance[fold] += h.noise
    return mean, variance
