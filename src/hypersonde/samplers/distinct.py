"""Never the same configuration twice, while there are others."""

from __future__ import annotations

from collections.abc import Callable, Set

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array
from hypersonde.errors import NothingToSuggest
from hypersonde.samplers.lattice import Lattice
from hypersonde.trials import History

__all__ = ["distinct", "fresh"]

Indices = npt.NDArray[np.int64]
_ROUNDS = 20
_COUNTABLE = 20_000
"""Spaces with no more configurations than this are searched for what is left of them."""


def fresh(history: History, X: Array, taken: Set[bytes] = frozenset()) -> Indices:
    """Indices of the rows of ``X`` (n, D) that are in no trial and not ``taken`` (their keys), each row once."""
    first: dict[bytes, int] = {}
    for i, key in enumerate(history.problem.encoding.keys(X)):
        if key not in taken and not history.holds(key):
            first.setdefault(key, i)
    return np.array(list(first.values()), dtype=np.int64)


def distinct(history: History, count: int, draw: Callable[[int], Array], taken: Set[bytes] = frozenset()) -> Array:
    """(count, D) rows from `draw` that differ from each other, from every trial and from what is ``taken``.

    ``draw(n)`` returns n allowed rows. Where drawing finds too few in a small space, what is left is looked up;
    fewer rows come back when nothing else is left.

    Raises
    ------
    NothingToSuggest : no new configuration was found.
    """
    encoding = history.problem.encoding
    X = draw(count)
    chosen = fresh(history, X, taken)
    for _ in range(_ROUNDS):
        if len(chosen) >= count:
            break
        X = np.concatenate([X[chosen], draw(count)])
        chosen = fresh(history, X, taken)
    if len(chosen) < count and encoding.cardinality() <= _COUNTABLE:
        X = np.concatenate([X[chosen], *Lattice.of(history.problem).blocks()])
        chosen = fresh(history, X, taken)
    if not len(chosen):
        raise NothingToSuggest(
            f"no new configuration was found: {len(history)} of at most {encoding.cardinality():.0f} were tried."
        )
    return X[chosen[:count]]
