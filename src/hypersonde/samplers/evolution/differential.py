"""Asynchronous differential evolution with success-history adaptation, as a sampler: see `shade`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.samplers.base import AGAIN, Sampler, Suggestion
from hypersonde.samplers.evolution.breeding import offspring
from hypersonde.samplers.evolution.doubt import Doubts
from hypersonde.samplers.evolution.replay import Replay
from hypersonde.samplers.evolution.shade import Birth, Shade, population
from hypersonde.trials import History, State

__all__ = ["DifferentialEvolution"]

_AGAIN = 0.1
"""Part of the trials that try again what looks best, where results are noisy."""
_LATEST = 512
"""Pending trials that are looked through for such ones."""


class DifferentialEvolution(Sampler):
    """L-SHADE (Tanabe and Fukunaga 2014) that never waits for a generation to end.

    Minimises the first metric's loss. Integers, categories and conditional parameters take part; see
    `Shade.breed`. The loop's records carry the births, so that a resumed search adapts as if never interrupted.

    Parameters
    ----------
    population : individuals at the start, at least 4; by default half as many as parameters (8 at least), and with a
        budget one per 250 trials, between one and 18 per parameter (10 at least). With categories 16 at least.
    budget : the number of trials planned, over which the population shrinks to 4; by default ``max_evals`` of the
        search, and where nobody says that either the population keeps its size. One that has collapsed, or in which
        nothing succeeds any more, is given up, and another one begins, without a budget twice as large.
    again : whether what looks best may be tried again: a handful of trials, which tell whether results are noisy,
        and one in ten where they are.

    Raises
    ------
    InvalidInput : a population below 4, a budget below 1.
    """

    name: ClassVar[str] = "differential-evolution"
    order_matters: ClassVar[str] = (
        "a child competes with whoever holds its parent's place when its result arrives, and the rates that "
        "succeeded are learned from in that order"
    )

    def __init__(self, population: int | None = None, budget: int | None = None, again: bool = True) -> None:
        if population is not None and population < 4:
            raise InvalidInput(f"population: got {population}, expected at least 4. Leave it out for the default.")
        if budget is not None and budget < 1:
            raise InvalidInput(f"budget: got {budget}, expected a positive number of trials, or None.")
        self.population = population
        self.budget = budget
        self.again = again
        self._replay = Replay(self._start, _fold)

    def planned(self, max_evals: int) -> DifferentialEvolution:
        """The same with ``max_evals`` for its budget, unless it has one."""
        return (
            self if self.budget is not None else DifferentialEvolution(self.population, max(max_evals, 1), self.again)
        )

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        state = self._replay(history)
        doubted = self._doubted(history, state.doubts, count, rng) if self.again else []
        missing, shade = count - len(doubted), state.shade
        if not missing:
            return doubted
        bred = offspring(history, missing, rng, lambda: _child(shade, rng), 0 if shade.ready else missing)
        return doubted + bred

    def _doubted(self, history: History, doubts: Doubts, count: int, rng: np.random.Generator) -> list[Suggestion]:
        """Those of ``count`` suggestions that try again what looks best."""
        if doubts.noisy:
            wanted = int(rng.binomial(count, _AGAIN))
        else:  # one among those that run at the same time
            unended = history.count(State.RUNNING, State.WAITING)
            wanted = int(doubts.due and rng.random() * (unended + count) < count)
        if not wanted:
            return []
        latest = (*history.running[-_LATEST:], *history.waiting[-_LATEST:])
        pending = Counter(_key(history, n) for n in latest if history[n].why.get("proposer") == AGAIN)
        chosen: dict[bytes, int] = {}
        for _ in range(wanted):
            number = doubts.choose(pending)
            if number is None:
                break
            pending[_key(history, number)] += 1
            chosen.setdefault(_key(history, number), number)
        return [Suggestion(history[number].config, {"proposer": AGAIN}) for number in chosen.values()]

    def _start(self, history: History) -> _State:
        encoding = history.problem.encoding
        size = self.population or population(encoding.columns, self.budget)
        return _State(Shade(encoding.columns, size, self.budget, conditional=encoding.conditional), Doubts())


@dataclass(frozen=True, slots=True)
class _State:
    shade: Shade
    doubts: Doubts


def _fold(state: _State, history: History, number: int) -> None:
    row, loss, why = history.X[number], float(history.losses[number, 0]), history[number].why
    again = why.get("proposer") == AGAIN
    state.doubts.take(number, row.tobytes(), loss, again)
    if again:
        state.shade.passed()
    else:
        state.shade.take(row, loss, Birth.read(why))


def _key(history: History, number: int) -> bytes:
    return bytes(history.X[number].tobytes())


def _child(shade: Shade, rng: np.random.Generator) -> tuple[Array, Mapping[str, Any]]:
    child = shade.breed(rng)
    return child.row, child.birth._asdict() if child.birth else {"proposer": "bowl"}
