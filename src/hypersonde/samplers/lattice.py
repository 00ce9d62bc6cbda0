"""All combinations of the parameters' levels, by number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd, prod
from typing import Any

import ConfigSpace as cs
import numpy as np

from hypersonde.columns import Array
from hypersonde.problem import Encoding, HpProblem

__all__ = ["Lattice"]

_BLOCK = 1024
_GOLDEN = 0.6180339887498949


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Combinations 0 .. size - 1; a place in it stands for an encoded row.

    A row in which a parameter is inactive stands at several places; only one of them counts.

    Attributes
    ----------
    encoding : of the problem.
    levels : for each parameter its (r,) encoded positions, ascending.
    """

    encoding: Encoding
    levels: tuple[Array, ...]

    @classmethod
    def of(cls, problem: HpProblem, resolution: int | None = None) -> Lattice:
        """Every level of a parameter that has levels, `resolution` of a range; None for a space without continua."""
        encoding = problem.encoding
        positions = [_positions(problem, j, resolution) for j in range(len(encoding.columns))]
        return cls(encoding, tuple(positions))

    @property
    def size(self) -> int:
        """How many combinations there are before conditions and forbidden clauses."""
        return prod(len(p) for p in self.levels)

    def blocks(self, start: int = 0, *, scattered: bool = False) -> Iterator[Array]:
        """Allowed rows from place `start` on, in blocks that may be empty; see `rows` for the order."""
        for first in range(start, self.size, _BLOCK):
            yield self.rows(first, min(first + _BLOCK, self.size), scattered=scattered)[1]

    def rows(self, first: int, last: int, *, scattered: bool = False) -> tuple[list[int], Array]:
        """The allowed rows at places first .. last - 1, and those places.

        In lexicographic order, the last parameter fastest; or `scattered`: in steps of the golden ratio, so that any
        stretch of places is spread over the whole space.
        """
        places = range(first, last)
        numbers = [i * self._stride % self.size for i in places] if scattered else list(places)
        digits = self._digits(numbers)
        X = np.column_stack([p[d] for p, d in zip(self.levels, digits.T, strict=True)])
        X = self.encoding.activate(X)
        ok = np.all((digits == 0) | ~np.isnan(X), axis=1)
        ok[ok] = self.encoding.allowed(X[ok])
        return [places[i] for i in np.flatnonzero(ok)], X[ok]

    @property
    def _stride(self) -> int:
        """The number nearest to size / golden ratio that visits every place before it returns to the first."""
        stride = max(1, round(self.size * _GOLDEN))
        while gcd(stride, self.size) > 1:
            stride += 1
        return stride

    def _digits(self, numbers: list[int]) -> Any:
        """(n, D) index of the level of each parameter; exact for lattices of any size."""
        digits = np.empty((len(numbers), len(self.levels)), dtype=np.int64)
        for j in reversed(range(len(self.levels))):
            radix = len(self.levels[j])
            digits[:, j] = [i % radix for i in numbers]
            numbers = [i // radix for i in numbers]
        return digits


def _positions(problem: HpProblem, j: int, resolution: int | None) -> Array:
    """(r,) encoded positions of the levels of parameter j."""
    columns, name = problem.encoding.columns, problem.encoding.columns.names[j]
    count = int(columns.levels[j])
    if columns.categorical[j]:
        return np.arange(count, dtype=np.float64)
    parameter: Any = problem.space[name]
    if isinstance(parameter, cs.OrdinalHyperparameter):
        return problem.encoding.encode([{name: v} for v in parameter.sequence])[:, j]
    if count and (resolution is None or count <= resolution):
        low = int(parameter.lower)
        return problem.encoding.encode([{name: low + i} for i in range(count)])[:, j]
    return _spaced(problem.encoding, j, resolution or 1)


def _spaced(encoding: Encoding, j: int, resolution: int) -> Array:
    """(r,) positions spread evenly over the scale of a range, both ends included; the middle when there is one only."""
    X = np.tile(encoding.default, (resolution, 1))
    X[:, j] = np.linspace(0.0, 1.0, resolution) if resolution > 1 else 0.5
    return np.unique(encoding.snap(X)[:, j])
