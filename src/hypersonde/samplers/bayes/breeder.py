"""Differential evolution beside the model: an island of its own in a long search, which costs next to nothing.

What the model finds stays out of its population: that lies around the best basin so far, and a population that took it
in would have collapsed there before it had seen anything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hypersonde.columns import Array
from hypersonde.samplers.base import AGAIN
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.evolution.mutation import settle
from hypersonde.samplers.evolution.replay import Replay
from hypersonde.samplers.evolution.shade import Birth, Shade, population
from hypersonde.trials import History

__all__ = ["BOWL", "Breeder"]

BOWL = "bowl"
"""The ``proposer`` of the lowest point of a bowl fitted to all of the best trials."""

_BRED = "evolution"
"""The ``proposer`` of what is bred here."""
_BY_MODEL = ("gp-", "density", "precedent", AGAIN, BOWL)
"""How the proposers begin whose rows are left out."""
_SAMPLE = 128
"""Rows drawn from the space before a population breeds: it has time enough for a good start."""
_ROUNDS = 4
"""Attempts at children that are new."""


class Breeder:
    """The population of each history, kept in step with it by replay.

    Parameters
    ----------
    max_evals : trials planned, over which the population shrinks; None: it keeps its size, and the next one is larger.
    """

    def __init__(self, max_evals: int | None) -> None:
        self._max_evals = max_evals
        self._replay = Replay(self._start, _fold)

    def breed(
        self, history: History, novelty: Novelty, count: int, rng: np.random.Generator
    ) -> list[tuple[Array, Mapping[str, Any]]]:
        """Up to ``count`` new rows (D,) and what to record of each; fewer where next to nothing new is left.

        While the population is incomplete, draws from the space.
        """
        if not count:
            return []
        shade, encoding = self._replay(history), history.problem.encoding
        found: list[tuple[Array, Mapping[str, Any]]] = []
        for _ in range(_ROUNDS):
            missing = count - len(found)
            if shade.ready:
                children = [shade.breed(rng) for _ in range(missing)]
                X = settle(np.array([child.row for child in children]), encoding)
                whys = [{"proposer": _BRED, **(child.birth._asdict() if child.birth else {})} for child in children]
            else:
                X, whys = encoding.sample(missing, rng), [{"proposer": _BRED}] * missing
            found += [(x, why) for x, why in zip(X, whys, strict=True) if novelty.admits(x)]
            if len(found) == count:
                break
        return found

    def _start(self, history: History) -> Shade:
        encoding = history.problem.encoding
        size = population(encoding.columns, self._max_evals)
        conditional = encoding.conditional
        return Shade(encoding.columns, size, self._max_evals, sample=_SAMPLE, conditional=conditional)


def _fold(shade: Shade, history: History, number: int) -> None:
    why = history[number].why
    if str(why.get("proposer", "")).startswith(_BY_MODEL):
        shade.passed()
    else:
        shade.take(history.X[number], float(history.losses[number, 0]), Birth.read(why))
