"""The first trials of a search that learns from other studies."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp import Posterior
from hypersonde.samplers.bayes.candidates import candidates
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.teachers import Expectation
from hypersonde.trials import History

__all__ = ["LEAST_TRUST", "bets", "recommend", "shortened"]

LEAST_TRUST = 0.3
"""Other studies that agree less with what is seen recommend nothing more."""
_HEAD = 5
"""Trials before the model is asked, at least: some recommended, some not, so that it shows who is right."""
_ELITES = 10
_BLIND = 6
"""Trials until which every other one is recommended before any result has shown whether that is wise."""
_TELLING = 4
"""Results that show it."""
_CANDIDATES = 512
_KAPPA = 1.0


def shortened(initial: int, trust: float) -> int:
    """How many trials of a start of ``initial`` are left when other studies agree with what is seen, 0 to 1.

    >>> [shortened(16, trust) for trust in (0.0, 0.5, 1.0)]
    [16, 8, 5]
    """
    return min(initial, max(_HEAD, round((1.0 - trust) * initial)))


def bets(first: int, count: int, results: int) -> int:
    """How many of the trials ``first``, ``first + 1`` ... are recommended when ``results`` are known: every other one.

    >>> bets(0, 8, 0), bets(8, 8, 0), bets(7, 4, 6)
    (3, 0, 2)
    """
    last = first + count if results >= _TELLING else min(first + count, _BLIND)
    return max(0, (last + 1) // 2 - (first + 1) // 2)


def recommend(history: History, novelty: Novelty, expected: Expectation, count: int, rng: np.random.Generator) -> Array:
    """Up to ``count`` rows (k, D) that other studies expect to be good here, apart from each other and all trials.

    Each is the best lower confidence bound of a process that knows only what others say, and believes in all
    trials so far: the length scales of the study that weighs most say how far apart is apart.
    """
    encoding = history.problem.encoding
    teacher = expected.teachers[int(np.argmax(expected.weights))]
    model = teacher.posterior
    blank = Posterior.given(
        model.embedding, model.hyperparameters, np.empty((0, len(encoding.columns))), np.empty(0), expected
    ).believing(history.X)
    found: list[Array] = []
    while len(found) < count:
        elites = np.concatenate([one.best[:_ELITES] for one in expected.teachers])
        X = np.concatenate([elites, candidates(encoding, elites, _CANDIDATES, rng)])
        mean, variance = blank.predict(X)
        i = novelty.first(X, np.argsort(mean - _KAPPA * np.sqrt(variance), kind="stable"))
        if i is None:
            break
        found.append(X[i])
        blank = blank.believing(X[[i]])
    return np.array(found).reshape(len(found), len(encoding.columns))
