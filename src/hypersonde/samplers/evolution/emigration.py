"""Who of an island goes first: the best, the worst or anybody of those with a result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from heapq import heappop, heappush
from math import isfinite
from typing import Final

import numpy as np

from hypersonde.columns import Array
from hypersonde.samplers.evolution.selection import Indices
from hypersonde.samplers.lessons import weigh
from hypersonde.trials import Part, State

__all__ = ["POLICIES", "Line", "first"]

Refuses = Callable[[int], bool]
"""Whether a trial, by its number in the whole, may not go, now and ever."""

_TRIES = 64
"""Draws in vain before all are looked at."""


def _best(losses: Array, rng: np.random.Generator) -> Indices:
    return np.argsort(losses, kind="stable")


def _worst(losses: Array, rng: np.random.Generator) -> Indices:
    return np.argsort(-losses, kind="stable")


def _uniform(losses: Array, rng: np.random.Generator) -> Indices:
    return rng.permutation(len(losses))


POLICIES: Final[dict[str, Callable[[Array, np.random.Generator], Indices]]] = {
    "best": _best,
    "worst": _worst,
    "uniform": _uniform,
}
"""The order in which those with a result are chosen, by name."""

_SIGNS: Final = {"best": 1.0, "worst": -1.0}


class Line:
    """Those of an island who may go to one place, ordered by their first loss as they finish.

    What is looked at again and again is only who stands in front: whoever is refused, or is gone from the island,
    leaves the line for good.

    Parameters
    ----------
    sign : 1 has the lowest loss in front, -1 the highest.
    """

    def __init__(self, sign: float) -> None:
        self._sign = sign
        self._heap: list[tuple[float, int]] = []
        self._seen = 0

    def first(self, part: Part, count: int, refused: Refuses, taken: Set[int]) -> list[int]:
        """Up to `count` numbers in the whole, without those that are refused or `taken` by somebody else now."""
        self._advance(part)
        chosen: list[int] = []
        stay: list[tuple[float, int]] = []
        while self._heap and len(chosen) < count:
            entry = heappop(self._heap)
            number = part.members[entry[1]]
            if refused(number) or part.status[entry[1]] == State.CANCELLED:
                continue
            stay.append(entry)
            if number not in taken:
                chosen.append(number)
        for entry in stay:
            heappush(self._heap, entry)
        return chosen

    def _advance(self, part: Part) -> None:
        fresh = part.finish_order[self._seen :]
        self._seen += len(fresh)
        losses = self._sign * part.losses[fresh, 0]
        for loss, here in zip(losses.tolist(), fresh.tolist(), strict=True):
            if isfinite(loss):
                heappush(self._heap, (loss, here))


def first(
    part: Part,
    policy: str,
    count: int,
    rng: np.random.Generator,
    line: Callable[[float], Line],
    refused: Refuses,
    taken: Set[int],
) -> list[int]:
    """Up to `count` trials of an island that have a result, by their numbers in the whole.

    Parameters
    ----------
    line : the line of those who may go where they shall go, by its sign.
    """
    if policy in _SIGNS and len(part.metrics) == 1:
        return line(_SIGNS[policy]).first(part, count, refused, taken)
    chosen: list[int] = []
    for number in _candidates(part, policy, rng):
        if len(chosen) == count:
            break
        if number not in taken and number not in chosen and not refused(number):
            chosen.append(number)
    return chosen


def _candidates(part: Part, policy: str, rng: np.random.Generator) -> Iterator[int]:
    if policy == "uniform" and part.finished:
        for place in rng.integers(part.finished, size=_TRIES).tolist():
            here = int(part.finish_order[place])
            if np.isfinite(part.losses[here]).all():
                yield part.members[here]
    here_with_result = np.flatnonzero(np.isfinite(part.losses).all(axis=1))
    losses = weigh(part.losses[here_with_result], rng)
    for here in here_with_result[POLICIES[policy](losses, rng)].tolist():
        yield part.members[here]
