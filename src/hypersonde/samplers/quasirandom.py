"""Designs that fill the space more evenly than random draws: Sobol, Halton, Latin hypercubes."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ClassVar, Final

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput, NothingToSuggest, unknown
from hypersonde.models import qmc
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.distinct import distinct, fresh
from hypersonde.samplers.places import Place
from hypersonde.trials import History

__all__ = ["SEQUENCES", "QuasiRandom"]

_BLOCK = 128
_PATIENCE = 4096
"""Points in a row without a new configuration, after which the space counts as used up."""


def sobol(block: int, size: int, width: int, seed: int) -> Array:
    """Points block * size ... of a scrambled Sobol sequence (Owen 1998), (size, width) in [0, 1)."""
    from scipy.stats.qmc import Sobol

    engine = Sobol(width, scramble=True, seed=np.random.default_rng(seed))
    if block:
        engine.fast_forward(block * size)
    return np.asarray(engine.random(size))


def halton(block: int, size: int, width: int, seed: int) -> Array:
    """Points block * size ... of a scrambled Halton sequence (Owen 2017), (size, width) in [0, 1)."""
    return qmc.halton(block * size, size, width, seed)


def lhs(block: int, size: int, width: int, seed: int) -> Array:
    """A Latin hypercube (McKay et al. 1979) of its own for each block, (size, width) in [0, 1).

    >>> sorted((10 * lhs(0, 10, 1, seed=0)[:, 0]).astype(int).tolist())
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    rng = np.random.default_rng([seed, block])
    cells = np.column_stack([rng.permutation(size) for _ in range(width)])
    return np.asarray((cells + rng.random(cells.shape)) / size)


SEQUENCES: Final[dict[str, Callable[[int, int, int, int], Array]]] = {"sobol": sobol, "halton": halton, "lhs": lhs}


class QuasiRandom(Sampler):
    """Goes along a sequence that fills the unit cube evenly, from where the history shows it to have come to.

    Parameters
    ----------
    sequence : "sobol", "halton" or "lhs" (Latin hypercubes, one after the other).
    points : how many points a Latin hypercube has; the others do not depend on it.
    seed : of the scramble. None: drawn with the first suggestion, written into the record of every trial and read
        from there, so that it stays the same throughout a study.
    """

    name: ClassVar[str] = "sobol"

    def __init__(self, sequence: str = "sobol", *, points: int = 128, seed: int | None = None) -> None:
        if sequence not in SEQUENCES:
            raise unknown("sequence", sequence, SEQUENCES)
        if points < 1:
            raise InvalidInput(f"QuasiRandom: points must be at least 1, got {points!r}.")
        self._sequence, self._seed = sequence, seed
        self._size = points if sequence == "lhs" else _BLOCK

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        encoding = history.problem.encoding
        start = Place.after(history, self._sequence) or self._beginning(rng)
        numbers, X = self._next(history, start, count)
        chosen = [
            Suggestion(config, start.at(number).record())
            for number, config in zip(numbers, encoding.decode(X), strict=True)
        ]
        if len(chosen) < count:
            chosen += _left_over(history, count - len(chosen), set(encoding.keys(X)), rng)
        return chosen

    def _beginning(self, rng: np.random.Generator) -> Place:
        scramble = int(rng.integers(2**32)) if self._seed is None else self._seed
        return Place(self._sequence, 0, scramble)

    def _next(self, history: History, start: Place, count: int) -> tuple[list[int], Array]:
        """The next places from `start` on with new, allowed rows, and those rows (k, D), k <= count."""
        encoding = history.problem.encoding
        place, end = start.number, start.number + _PATIENCE
        numbers: list[int] = []
        X = np.empty((0, len(encoding.columns)))
        while len(numbers) < count and place < end:
            rows = encoding.from_unit(self._points(start.at(place), count + 7, X.shape[1]))
            new = fresh(history, rows, set(encoding.keys(X)))
            new = new[encoding.allowed(rows[new])][: count - len(numbers)]
            numbers += [place + int(i) for i in new]
            X = np.concatenate([X, rows[new]])
            place += len(rows)
            end = place + _PATIENCE if len(new) else end
        return numbers, X

    def _points(self, start: Place, count: int, width: int) -> Array:
        """(k, width) points of the sequence from a place on, 1 <= k <= count."""
        block, first = divmod(start.number, self._size)
        return _block(self._sequence, block, self._size, width, start.scramble)[first : first + count]


def _left_over(history: History, count: int, taken: set[bytes], rng: np.random.Generator) -> list[Suggestion]:
    """What a sequence that goes in circles in a small space has not met: at most ``count`` configurations of it.

    Raises
    ------
    NothingToSuggest : nothing is left, and nothing was ``taken`` by this request.
    """
    encoding = history.problem.encoding
    try:
        X = distinct(history, count, lambda n: encoding.sample(n, rng), taken)
    except NothingToSuggest:
        if not taken:
            raise
        return []
    return [Suggestion(config) for config in encoding.decode(X)]


@lru_cache(maxsize=8)
def _block(sequence: str, block: int, size: int, width: int, seed: int) -> Array:
    """Points are made in blocks and kept, since a search asks for one after the other."""
    return SEQUENCES[sequence](block, size, width, seed)
