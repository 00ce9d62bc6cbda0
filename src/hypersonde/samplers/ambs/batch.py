"""One request for suggestions: each pick is taken for its lie before the next one is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import NothingToSuggest
from hypersonde.samplers.ambs.belief import Belief
from hypersonde.samplers.ambs.candidates import pool, refined
from hypersonde.samplers.ambs.portfolio import Portfolio
from hypersonde.samplers.ambs.strategies import Strategy
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.distinct import distinct
from hypersonde.trials import History

__all__ = ["Batch"]

_ELITES = 16
_REFINED = 0.25
_LEAST_DEVIATION = 1e-9


class Batch:
    """What a request works with; lives no longer than the request."""

    def __init__(
        self,
        history: History,
        belief: Belief,
        portfolio: Portfolio,
        strategy: Strategy,
        candidates: int,
        elsewhere: float,
        rng: np.random.Generator,
    ) -> None:
        self._history, self._belief, self._portfolio, self._rng = history, belief, portfolio, rng
        self._candidates, self._elsewhere = candidates, elsewhere
        self._strategy = strategy
        self._lie = None if strategy.lie is None else strategy.lie(belief.t)
        self._elites = belief.best_known(_ELITES)
        self._taken: set[bytes] = set()
        self._model = belief.model
        self._odds = portfolio.odds(self._rewards(portfolio.past(history)))
        self._believe(history.X[history.pending])

    def take(self, count: int) -> list[Suggestion]:
        """``count`` suggestions, fewer when the space runs out.

        Raises
        ------
        NothingToSuggest : not even one is left.
        """
        suggestions: list[Suggestion] = []
        while len(suggestions) < count:
            try:
                rows, why = self._pick()
            except NothingToSuggest:
                if not suggestions:
                    raise
                break
            self._taken.update(self._history.problem.encoding.keys(rows))
            suggestions.append(Suggestion(self._history.problem.encoding.decode(rows)[0], why))
            if len(suggestions) < count:
                self._believe(rows)
        return suggestions

    def _believe(self, X: Array) -> None:
        """Take the rows (k, D) for what the lie says, if there is one, until their true values arrive."""
        if len(X) and self._lie is not None:
            self._model = self._model.add(X, np.full(len(X), self._lie))

    def _pick(self) -> tuple[Array, dict[str, Any]]:
        """The next row (1, D), and what to record of it."""
        X, mean, std = self._refine(*self._judge(self._pool()))
        X, mean, std = self._strayed(X, mean, std)
        nominees = self._nominees(mean, std)
        name = self._portfolio.choose(self._odds, self._rng)
        at = nominees[name]
        why = self._portfolio.record(name, {other: X[i] for other, i in nominees.items()})
        return X[at : at + 1], why | self._expected(float(mean[at]), float(std[at]))

    def _pool(self) -> Array:
        """(n, D) candidates, n >= 1; in a space that is nearly used up, what is left of it."""
        X = pool(self._history, self._elites, self._candidates, self._taken, self._rng)
        if len(X):
            return X
        encoding = self._history.problem.encoding
        return distinct(self._history, 1, lambda n: encoding.sample(n, self._rng), self._taken)

    def _refine(self, X: Array, mean: Array, std: Array) -> tuple[Array, Array, Array]:
        """Candidates ``X`` (n, D) with what is predicted for them, and more near those that would be taken."""
        liked = X[sorted(set(self._nominees(mean, std).values()))]
        count = round(self._candidates * _REFINED)
        closer = refined(self._history, liked, count, self._taken, self._rng)
        if not len(closer):
            return X, mean, std
        more = self._judge(closer)
        return np.concatenate([X, more[0]]), np.concatenate([mean, more[1]]), np.concatenate([std, more[2]])

    def _strayed(self, X: Array, mean: Array, std: Array) -> tuple[Array, Array, Array]:
        """Now and then, only the candidates (k, D) that differ from the best trial in one category; else all."""
        columns = self._history.problem.encoding.columns
        chosen = np.flatnonzero(columns.categorical & (columns.levels > 1))
        if not len(chosen) or self._rng.random() >= self._elsewhere:
            return X, mean, std
        d = int(self._rng.choice(chosen))
        other = X[:, d] != self._elites[0, d]
        other &= ~np.isnan(X[:, d])
        return (X[other], mean[other], std[other]) if other.any() else (X, mean, std)

    def _judge(self, X: Array) -> tuple[Array, Array, Array]:
        """Rows (n, D) with the predicted mean (n,) and deviation (n,) of their losses."""
        mean, std = self._model.predict(X)
        return X, mean, np.maximum(std, _LEAST_DEVIATION)

    def _nominees(self, mean: Array, std: Array) -> Mapping[str, int]:
        return self._portfolio.nominees(mean, std, float(self._belief.t.min()), self._strategy, self._rng)

    def _rewards(self, past: Array) -> Array:
        """(t, k) rewards in [0, 1] of past nominees (t, k, D): how low the model now expects their loss to be."""
        if not len(past):
            return np.zeros(past.shape[:2])
        mean = self._model.predict(past.reshape(-1, past.shape[2]))[0].reshape(past.shape[:2])
        low, high = float(self._belief.t.min()), float(self._belief.t.max())
        return np.clip((high - mean) / max(high - low, _LEAST_DEVIATION), 0.0, 1.0)

    def _expected(self, mean: float, std: float) -> dict[str, float]:
        """The predicted value of the metric and its deviation, for the record; nothing with several metrics."""
        if len(self._history.metrics) > 1:
            return {}
        low, middle, high = self._belief.warp.back(np.array([mean - std, mean, mean + std]))
        sign = self._history.metrics[0].sign
        return {"predicted": float(sign * middle), "deviation": float(high - low) / 2.0}
