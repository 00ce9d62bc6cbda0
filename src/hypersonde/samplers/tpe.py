"""The tree-structured Parzen estimator: draw where the good points are dense, take what sets them off from the bad.

Bergstra et al. (2011); Watanabe (2023), arXiv 2304.11127, for the choices within.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput, NothingToSuggest
from hypersonde.models.density import DensityRatio, Tpe
from hypersonde.problem import Encoding
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.distinct import distinct, fresh
from hypersonde.samplers.lessons import Lessons, weigh
from hypersonde.samplers.quasirandom import QuasiRandom
from hypersonde.trials import History

__all__ = ["TPE"]

_ROUNDS = 16
"""A batch is chosen in about this many rounds, each of which keeps away from what the earlier ones chose."""
_DRAWS = 8
"""Draws without a new configuration after which the mixture is given up."""


class TPE(Sampler):
    """Multivariate TPE. Pending trials count as bad, so that parallel workers keep apart; failures count as worst.

    The cost of a suggestion does not grow with the history, apart from sorting it. With several metrics, each
    suggestion is for a random compromise between them.

    Parameters
    ----------
    initial_points : results to wait for before densities are estimated; until then a scrambled Sobol sequence.
    candidates : draws from the density of the good, of which the best is suggested.
    model : settings of the densities.

    Raises
    ------
    InvalidInput : initial_points or candidates below 1.
    """

    name: ClassVar[str] = "tpe"

    def __init__(self, initial_points: int = 10, candidates: int = 128, model: Tpe | None = None) -> None:
        for what, got in (("initial_points", initial_points), ("candidates", candidates)):
            if got < 1:
                raise InvalidInput(f"TPE: {what} must be at least 1, got {got!r}.")
        self._initial_points, self._candidates = initial_points, candidates
        self._model = model or Tpe()
        self._design = QuasiRandom("sobol")

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        lessons = Lessons.of(history)
        if not lessons.informative or len(lessons.numbers) < self._initial_points:
            return self._design.suggest(history, count, rng)
        by_number = np.argsort(lessons.numbers)
        X = history.X[lessons.numbers[by_number]]
        failed = np.isnan(lessons.losses[by_number]).any(axis=1)
        losses = np.where(failed, np.nan, weigh(lessons.losses[by_number], rng))
        chosen, scores = self._choose(history, X, losses, count, rng)
        if len(chosen) < count:
            chosen = np.concatenate((chosen, _others(history, chosen, count - len(chosen), rng)))
        configs = history.problem.encoding.decode(chosen)
        why = [{"proposer": "tpe", "log_ratio": score} for score in scores]
        why += [{"proposer": "random"}] * (len(configs) - len(why))
        return [Suggestion(config, reason) for config, reason in zip(configs, why, strict=True)]

    def _choose(
        self, history: History, X: Array, losses: Array, count: int, rng: np.random.Generator
    ) -> tuple[Array, list[float]]:
        """Up to `count` new rows (k, D) and their log ratios; what was chosen before counts as pending."""
        encoding, columns = history.problem.encoding, history.problem.encoding.columns
        chosen, scores = np.empty((0, len(columns))), np.empty(0)
        while len(chosen) < count:
            pending = np.concatenate((history.X[history.pending], chosen))
            ratio = self._model.fit(X, losses, columns, pending)
            share = -(-count // _ROUNDS)
            rows = self._draw(history, ratio, share * self._candidates, set(encoding.keys(chosen)), rng)
            if not len(rows):
                break
            value = ratio.log(rows)
            best = np.argsort(-value, kind="stable")[: min(share, count - len(chosen))]
            chosen, scores = np.concatenate((chosen, rows[best])), np.concatenate((scores, value[best]))
        return chosen, scores.tolist()

    def _draw(
        self, history: History, ratio: DensityRatio, n: int, taken: set[bytes], rng: np.random.Generator
    ) -> Array:
        """New rows (k, D), k <= n, drawn from the density of the good; none if it has none left."""
        encoding = history.problem.encoding
        for _ in range(_DRAWS):
            rows = _legal(encoding, ratio.good.sample(n, rng))
            new = fresh(history, rows, taken)
            if len(new):
                return rows[new]
        return np.empty((0, len(encoding.columns)))


def _legal(encoding: Encoding, X: Array) -> Array:
    """Rows on their grids, with conditions applied, without forbidden ones."""
    X = encoding.activate(encoding.snap(X))
    return X[encoding.allowed(X)]


def _others(history: History, chosen: Array, count: int, rng: np.random.Generator) -> Array:
    """Random rows beside those `chosen`; none if there are none and something was chosen.

    Raises
    ------
    NothingToSuggest : nothing was chosen, and nothing is left.
    """
    encoding = history.problem.encoding
    try:
        return distinct(history, count, lambda n: encoding.sample(n, rng), set(encoding.keys(chosen)))
    except NothingToSuggest:
        if not len(chosen):
            raise
        return np.empty((0, len(encoding.columns)))
