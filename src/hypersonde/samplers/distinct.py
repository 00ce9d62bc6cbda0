"""Never the same configuration twice, while there are others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import NothingToSuggest
from hypersonde.trials import History

_ROUNDS = 20


def distinct(history: History, count: int, draw: Callable[[int], Array]) -> Array:
    """(count, D) rows from `draw` that differ from each other and from every trial of the history.

    ``draw(n)`` returns n rows. Fewer rows come back when a finite space is nearly used up.

    Raises
    ------
    NothingToSuggest : no new configuration was found.
    """
    encoding = history.problem.encoding
    chosen: dict[bytes, Array] = {}
    for _ in range(_ROUNDS):
        X = draw(count - len(chosen))
        fresh = X[~history.knows(X)]
        chosen.update(zip(encoding.keys(fresh), fresh, strict=True))
        if len(chosen) == count:
            break
    if not chosen:
        raise NothingToSuggest(
            f"no new configuration was found: {len(history)} of at most {encoding.cardinality():.0f} were tried."
        )
    return np.array(list(chosen.values()))
