"""Evolution beside the model: an island of its own in a long search, which costs next to nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from hypersonde.columns import Array
from hypersonde.samplers.base import AGAIN
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.evolution.chain import child
from hypersonde.samplers.evolution.mutation import settle
from hypersonde.samplers.evolution.nsga2 import NSGA2
from hypersonde.samplers.evolution.population import Population, survivors
from hypersonde.samplers.evolution.replay import Replay
from hypersonde.samplers.evolution.shade import Birth, Shade
from hypersonde.samplers.evolution.shade import population as individuals
from hypersonde.trials import History

__all__ = ["BOWL", "Breeder"]

BOWL = "bowl"
"""The ``proposer`` of the lowest point of a bowl fitted to all of the best trials."""

_BRED = "evolution"
"""The ``proposer`` of what is bred here."""
_BY_MODEL = ("gp-", "density", "precedent", AGAIN, BOWL)
"""How the proposers begin whose rows a population for one loss leaves out."""
_SAMPLE = 128
"""Rows drawn from the space before a population for one loss breeds: it has time enough for a good start."""
_SEVERAL = NSGA2(30, eta_m=5.0)
"""What breeds for several losses: few, and with long mutations, for what a model has found lies close together."""
_ROUNDS = 4
"""Attempts at children that are new."""

_Litter: TypeAlias = tuple[Array, Sequence[Mapping[str, Any]]]
"""Rows (n, D), and what to record of each."""


class Breeder:
    """The population of each history, kept in step with it by replay.

    One loss: differential evolution. What the model finds stays out of its population: that lies around the best basin
    so far, and a population that took it in would have collapsed there before it had seen anything else.

    Several: the survivors of NSGA-II. They take in everything: crowding keeps them apart, and the front that the
    model has found is where they go on.

    Parameters
    ----------
    max_evals : trials planned, over which the population for one loss shrinks; None: it keeps its size, and the next
        one is larger.
    """

    def __init__(self, max_evals: int | None) -> None:
        self._max_evals = max_evals
        self._single, self._several = Replay(self._begin, _take), Replay(_begin_several, _take_of_several)

    def breed(
        self, history: History, novelty: Novelty, count: int, rng: np.random.Generator
    ) -> list[tuple[Array, Mapping[str, Any]]]:
        """Up to ``count`` new rows (D,) and what to record of each; fewer where next to nothing new is left.

        While the population is incomplete, draws from the space.
        """
        make = self._by_differences if len(history.metrics) == 1 else self._by_crossing
        found: list[tuple[Array, Mapping[str, Any]]] = []
        for _ in range(_ROUNDS):
            if len(found) == count:
                break
            X, whys = make(history, count - len(found), rng)
            found += [(x, {"proposer": _BRED, **why}) for x, why in zip(X, whys, strict=True) if novelty.admits(x)]
        return found

    def _begin(self, history: History) -> Shade:
        encoding = history.problem.encoding
        size = individuals(encoding.columns, self._max_evals)
        conditional = encoding.conditional
        return Shade(encoding.columns, size, self._max_evals, sample=_SAMPLE, conditional=conditional)

    def _by_differences(self, history: History, count: int, rng: np.random.Generator) -> _Litter:
        shade, encoding = self._single(history), history.problem.encoding
        if not shade.ready:
            return encoding.sample(count, rng), [{}] * count
        bred = [shade.breed(rng) for _ in range(count)]
        X = settle(np.array([each.row for each in bred]), encoding)
        return X, [each.birth._asdict() if each.birth else {} for each in bred]

    def _by_crossing(self, history: History, count: int, rng: np.random.Generator) -> _Litter:
        population, encoding = self._several(history), history.problem.encoding
        if len(population.rows) < population.size:
            return encoding.sample(count, rng), [{}] * count
        rows, whys = zip(*(child(_SEVERAL.steps, population, encoding, rng) for _ in range(count)), strict=True)
        return settle(np.array(rows), encoding), whys


def _take(shade: Shade, history: History, number: int) -> None:
    why = history[number].why
    if str(why.get("proposer", "")).startswith(_BY_MODEL):
        shade.passed()
    else:
        shade.take(history.X[number], float(history.losses[number, 0]), Birth.read(why))


def _begin_several(history: History) -> Population:
    return survivors(_SEVERAL.pop_size, len(history.problem.encoding.columns), len(history.metrics))


def _take_of_several(population: Population, history: History, number: int) -> None:
    losses = history.losses[number]
    if np.isfinite(losses).all():
        population.fold(number, history.X[number], losses)
