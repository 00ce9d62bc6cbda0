"""Grid search: every combination once."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput, NothingToSuggest
from hypersonde.problem import HpProblem
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.distinct import fresh
from hypersonde.samplers.lattice import Lattice
from hypersonde.samplers.places import Place
from hypersonde.trials import History

__all__ = ["Grid"]

_BLOCK = 256


class Grid(Sampler):
    """All combinations, first spread over the whole space, later filling the gaps; ends when all were tried.

    Parameters
    ----------
    resolution : points on the range of a number, ends included; integers with fewer values have all of them, as have
        ordinals and categories.
    scattered : False goes through the combinations in lexicographic order, the last parameter fastest.
    """

    name: ClassVar[str] = "grid"

    def __init__(self, resolution: int = 5, *, scattered: bool = True) -> None:
        if resolution < 1:
            raise InvalidInput(f"Grid: resolution must be at least 1, got {resolution!r}.")
        self._resolution, self._scattered = resolution, scattered

    def size(self, problem: HpProblem) -> int:
        """How many configurations the grid has: allowed ones, each counted once. Takes time in proportion."""
        return sum(len(block) for block in Lattice.of(problem, self._resolution).blocks())

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        lattice = Lattice.of(history.problem, self._resolution)
        places, X = self._next(history, lattice, count)
        if not places:
            raise NothingToSuggest(
                f"the grid is exhausted: all its configurations were tried. "
                f"Use a resolution above {self._resolution} for a finer one."
            )
        configs = history.problem.encoding.decode(X)
        return [Suggestion(c, Place(self.name, at).record()) for at, c in zip(places, configs, strict=True)]

    def _next(self, history: History, lattice: Lattice, count: int) -> tuple[list[int], Array]:
        """The next places with configurations that were not tried, and their rows (k, D), k <= count."""
        place = (Place.after(history, self.name) or Place(self.name)).number
        places: list[int] = []
        X = np.empty((0, len(lattice.levels)))
        while len(places) < count and place < lattice.size:
            end = min(place + max(_BLOCK, count), lattice.size)
            at, rows = lattice.rows(place, end, scattered=self._scattered)
            new = fresh(history, rows)[: count - len(places)]
            places += [at[i] for i in new]
            X = np.concatenate([X, rows[new]])
            place = end
        return places, X
