"""Thompson sampling: imagine a function that fits what is known, and try its minimum.

Thompson (1933); Kandasamy et al. (2018), arXiv 1705.09236, for asynchronous workers: every suggestion imagines a
function of its own, which keeps workers apart without a word about what is pending.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput, NothingToSuggest, unknown
from hypersonde.models.base import Draws, Model, Surrogate
from hypersonde.samplers.ambs.belief import Belief, Beliefs
from hypersonde.samplers.ambs.candidates import pool
from hypersonde.samplers.ambs.surrogates import SURROGATES
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.distinct import distinct
from hypersonde.samplers.lessons import Lessons
from hypersonde.samplers.quasirandom import QuasiRandom
from hypersonde.trials import History

__all__ = ["Thompson"]

_ELITES = 16
_AT_ONCE = 32
"""Functions imagined at the same candidates."""


class Thompson(Sampler):
    """Thompson sampling on any surrogate.

    Parameters
    ----------
    surrogate : the model of the losses: a word that AMBS knows, such as "GP", "ET", "RF", or a `Surrogate`.
    initial_points : results to wait for before the model is asked; until then a scrambled Sobol sequence.
    candidates : configurations at which functions are imagined.

    Raises
    ------
    InvalidInput : an unknown surrogate; initial_points or candidates below 1.
    """

    name: ClassVar[str] = "thompson"
    order_matters: ClassVar[str] = "which results the last full fit has seen depends on the order of their arrival"

    def __init__(self, surrogate: str | Surrogate = "GP", initial_points: int = 10, candidates: int = 256) -> None:
        for what, got in (("initial_points", initial_points), ("candidates", candidates)):
            if got < 1:
                raise InvalidInput(f"Thompson: {what} must be at least 1, got {got!r}.")
        if isinstance(surrogate, str):
            if surrogate.upper() not in SURROGATES:
                raise unknown("surrogate", surrogate, SURROGATES)
            surrogate = SURROGATES[surrogate.upper()]()
        self._beliefs = Beliefs(surrogate)
        self._initial_points, self._candidates = initial_points, candidates
        self._design = QuasiRandom("sobol")

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        lessons = Lessons.of(history)
        if not lessons.informative or len(lessons.numbers) < self._initial_points:
            return self._design.suggest(history, count, rng)
        belief = self._beliefs.of(history, lessons, rng)
        encoding = history.problem.encoding
        chosen: list[Array] = []
        why: list[dict[str, Any]] = []
        while len(chosen) < count:
            taken = set(encoding.keys(np.array(chosen))) if chosen else set()
            X = pool(history, belief.best_known(_ELITES), self._candidates, taken, rng)
            if not len(X):
                X = _left(history, taken, rng)
            if not len(X):
                break
            wanted = min(count - len(chosen), _AT_ONCE)
            for i, imagined in _minima(imagine(belief.model, X, wanted, rng)):
                chosen.append(X[i])
                why.append({"proposer": "thompson", **_in_units(history, belief, imagined)})
        configs = encoding.decode(np.array(chosen))
        return [Suggestion(config, reason) for config, reason in zip(configs, why, strict=True)]


def imagine(model: Model, X: Array, count: int, rng: np.random.Generator) -> Array:
    """(count, n) values of imagined functions at ``X`` (n, D); independent of each other where a model draws none."""
    if isinstance(model, Draws):
        return model.draw(X, count, rng)
    mean, deviation = model.predict(X)
    return np.asarray(mean + deviation * rng.standard_normal((count, len(X))))


def _minima(functions: Array) -> list[tuple[int, float]]:
    """Where each of the functions (k, n) is lowest, and how low: another place for each, as long as there are some."""
    found: dict[int, float] = {}
    for f in functions:
        for i in np.argsort(f, kind="stable")[: len(found) + 1].tolist():
            if i not in found:
                found[i] = float(f[i])
                break
    return list(found.items())


def _left(history: History, taken: set[bytes], rng: np.random.Generator) -> Array:
    """A new row (1, D) in a space that is nearly used up; none if it is and something was taken.

    Raises
    ------
    NothingToSuggest : nothing is left, and nothing was taken.
    """
    encoding = history.problem.encoding
    try:
        return distinct(history, 1, lambda n: encoding.sample(n, rng), taken)
    except NothingToSuggest:
        if not taken:
            raise
        return np.empty((0, len(encoding.columns)))


def _in_units(history: History, belief: Belief, imagined: float) -> dict[str, float]:
    """The imagined value of the metric; nothing with several metrics."""
    if len(history.metrics) > 1:
        return {}
    return {"imagined": float(history.metrics[0].sign * belief.warp.back(np.array([imagined]))[0])}
