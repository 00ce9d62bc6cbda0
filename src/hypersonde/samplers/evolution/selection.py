"""Selection: which rows breed and which survive, by their losses, LOWER IS BETTER.

Every function gives indices into ``losses`` (n,), which are finite; equal losses are told apart by their index.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array

__all__ = ["Indices", "best", "tournament", "uniform", "worst"]

Indices = npt.NDArray[np.int64]


def best(losses: Array, k: int) -> Indices:
    """The k lowest, best first; all of them when there are fewer.

    >>> best(np.array([3.0, 1.0, 2.0]), 2).tolist()
    [1, 2]
    """
    return np.argsort(losses, kind="stable")[:k]


def worst(losses: Array, k: int) -> Indices:
    """The k highest, worst first; all of them when there are fewer."""
    return np.argsort(losses, kind="stable")[::-1][:k]


def uniform(losses: Array, k: int, rng: np.random.Generator) -> Indices:
    """k drawn with replacement, all equally likely."""
    return rng.integers(len(losses), size=k)


def tournament(losses: Array, k: int, rng: np.random.Generator, size: int = 2) -> Indices:
    """k winners, each the best of ``size`` drawn with replacement.

    >>> tournament(np.array([3.0, 1.0]), 3, np.random.default_rng(0), size=50).tolist()
    [1, 1, 1]
    """
    by_index = losses.tolist()
    drawn = [int(u * len(by_index)) for u in rng.random(k * size).tolist()]
    rivals = (sorted(drawn[i * size : (i + 1) * size]) for i in range(k))
    return np.array([min(own, key=by_index.__getitem__) for own in rivals], dtype=np.int64)
