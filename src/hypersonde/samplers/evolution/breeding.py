"""From children to suggestions: legal, allowed, and never the same configuration twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import NothingToSuggest
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.distinct import distinct, fresh
from hypersonde.samplers.evolution.mutation import settle
from hypersonde.trials import History

__all__ = ["Breed", "offspring"]

Breed = Callable[[], tuple[Array, Mapping[str, Any]]]
"""One child: a row (D,) without NaN, at any position, and what to record of it (`Suggestion.why`)."""

_ROUNDS = 10


def offspring(
    history: History, count: int, rng: np.random.Generator, breed: Breed, random: int = 0
) -> list[Suggestion]:
    """`count` suggestions: `random` draws from the space, then children, all new to the history.

    A child that is forbidden or known already is bred anew, some times; draws from the space take the place of
    those that still are. Fewer come back when a finite space is nearly used up.

    Raises
    ------
    NothingToSuggest : no new configuration was found.
    """
    encoding = history.problem.encoding
    made: list[Suggestion] = []
    taken: set[bytes] = set()
    for _ in range(_ROUNDS):
        missing = count - random - len(made)
        if missing <= 0:
            break
        children = [breed() for _ in range(missing)]
        X = settle(np.array([row for row, _ in children]), encoding)
        new = fresh(history, X, taken)
        new = new[encoding.allowed(X[new])]
        if len(made) + len(new) < count:
            taken.update(encoding.keys(X[new]))
        why = (children[i][1] for i in new)
        made += [Suggestion(config, w) for config, w in zip(encoding.decode(X[new]), why, strict=True)]
    return made if len(made) == count else [*_drawn(history, count - len(made), rng, taken), *made]


def _drawn(history: History, count: int, rng: np.random.Generator, taken: set[bytes]) -> list[Suggestion]:
    """`count` random suggestions that differ from what is `taken`, or what is left of a finite space."""
    encoding = history.problem.encoding
    try:
        X = distinct(history, count, lambda n: encoding.sample(n, rng), taken)
    except NothingToSuggest:
        if taken:
            return []
        raise
    return [Suggestion(config) for config in encoding.decode(X)]
