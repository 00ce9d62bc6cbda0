"""Trying again what looks best: once, to learn whether the objective is noisy, and as it pays when it is."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp import Hyperparameters
from hypersonde.samplers.base import AGAIN
from hypersonde.trials import History

__all__ = ["awaited", "doubtful", "log_worth"]

_FIRST = 20
"""Values before the first doubt."""
_GROWTH = 3
"""A doubt that was dispelled may come back when there are so many times more trials: tables repeat themselves."""
_NOISY = 0.03
"""Share of the variance that a model takes for noise, above which it is worth a trial to know."""


def doubtful(trials: int, repeats: int, h: Hyperparameters) -> bool:
    """Whether one trial should be tried again after so many ``trials``, of which ``repeats`` showed no noise.

    >>> quiet, loud = (Hyperparameters(np.zeros(1), 0.0, 0.0, float(np.log(v))) for v in (0.001, 0.2))
    >>> [doubtful(30, 0, quiet), doubtful(30, 0, loud), doubtful(30, 1, loud), doubtful(60, 1, loud)]
    [False, True, False, True]
    """
    if trials < _FIRST * _GROWTH**repeats:
        return False
    return h.noise > _NOISY * (h.signal + h.noise)


def awaited(history: History) -> bool:
    """Whether a trial that repeats another one has not ended yet."""
    return any(history[n].why.get("proposer") == AGAIN for n in (*history.running, *history.waiting))


def log_worth(variance: Array, noise: float) -> Array:
    """What the logarithm of expected improvement is lowered by because a noisy value tells less: (n,).

    Augmented expected improvement (Huang et al. 2006, eq. 8), 1 - sqrt(v / (s2 + v)): it lets an unknown point and
    one that was tried already compete, and is near 0 for both where the noise ``v`` is small against s2.
    """
    return np.asarray(np.log1p(-np.sqrt(noise / (variance + noise))))
