"""From children to suggestions: legal, allowed, and never the same configuration twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from hypersonde.columns import Array, Columns
from hypersonde.errors import NothingToSuggest
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.distinct import distinct, fresh
from hypersonde.samplers.evolution.mutation import settle, some_columns, step
from hypersonde.trials import History

__all__ = ["Breed", "offspring"]

Breed = Callable[[], tuple[Array, Mapping[str, Any]]]
"""One child: a row (D,) without NaN, at any position, and what to record of it (`Suggestion.why`)."""

_ROUNDS, _ANEW = 10, 2
"""Attempts at children that are new, and those of them before children are moved."""
_NUDGE = 0.1
"""Deviation of such a move, as a share of a range."""


def offspring(
    history: History, count: int, rng: np.random.Generator, breed: Breed, random: int = 0
) -> list[Suggestion]:
    """`count` suggestions: `random` draws from the space, then children, all new to the history.

    A child that is forbidden or known already is bred anew, then moved a little in one parameter, some times; draws
    from the space take the place of those that still are. So a search of a small space that has come to an end goes
    on around its end. Fewer come back when a finite space is nearly used up.

    Raises
    ------
    NothingToSuggest : no new configuration was found.
    """
    encoding = history.problem.encoding
    made: list[Suggestion] = []
    taken: set[bytes] = set()
    for attempt in range(_ROUNDS):
        missing = count - random - len(made)
        if missing <= 0:
            break
        children = [breed() for _ in range(missing)]
        rows = np.array([row for row, _ in children])
        X = settle(rows if attempt < _ANEW else _nudged(rows, encoding.columns, rng), encoding)
        new = fresh(history, X, taken)
        if encoding.constrained:
            new = new[encoding.allowed(X[new])]
        X = X[new]
        if len(made) + len(new) < count:
            taken.update(encoding.keys(X))
        why = (children[i][1] for i in new.tolist())
        made += [Suggestion(config, w) for config, w in zip(encoding.decode(X), why, strict=True)]
    return made if len(made) == count else [*_drawn(history, count - len(made), rng, taken), *made]


def _nudged(rows: Array, columns: Columns, rng: np.random.Generator) -> Array:
    """Rows (n, D) of which each has moved in one column: by a grid point at least, or to another category."""
    which = some_columns(rows, np.ones(len(rows), dtype=np.int64), columns, rng)
    return step(rows, which, _NUDGE, columns, rng)


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
