"""Values that are listed one by one <-> cells in [0, 1] when they have an order, indices when not."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from hypersonde.columns import Array
from hypersonde.problem.codec import Codec


@dataclass(frozen=True, slots=True)
class Listed(Codec):
    """What ordinals, categories and constants share. A boolean is equal to a boolean only."""

    values: tuple[Any, ...]

    @property
    def levels(self) -> int:
        return len(self.values)

    def expects(self) -> str:
        return f"one of {list(self.values)!r}"

    def legal(self, value: Any) -> bool:
        return any(_same(value, v) for v in self.values)

    def plain(self, value: Any) -> Any:
        return self.values[self.values.index(value)]

    def _indices(self, values: Sequence[Any] | Array) -> Array:
        return np.array([self.values.index(v) for v in values], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Steps(Listed):
    """A sequence with an order (ordinal): equal cells in [0, 1]."""

    def encode(self, values: Sequence[Any] | Array) -> Array:
        return (self._indices(values) + 0.5) / self.levels

    def _index(self, column: Array) -> Array:
        return np.clip(np.floor(column * self.levels), 0, self.levels - 1)

    def decode(self, column: Array) -> list[Any]:
        return [self.values[int(i)] for i in self._index(column)]

    def snap(self, column: Array) -> Array:
        return (self._index(column) + 0.5) / self.levels

    def quantile(self, u: Array) -> Array:
        return self.snap(u)


@dataclass(frozen=True, slots=True)
class Choice(Listed):
    """A category: the column holds its index. A constant is a choice of one."""

    weights: tuple[float, ...]
    categorical: ClassVar[bool] = True

    def encode(self, values: Sequence[Any] | Array) -> Array:
        return self._indices(values)

    def decode(self, column: Array) -> list[Any]:
        return [self.values[int(i)] for i in self.snap(column)]

    def snap(self, column: Array) -> Array:
        return np.clip(np.rint(column), 0, self.levels - 1)

    def quantile(self, u: Array) -> Array:
        edges = np.cumsum(self.weights)[:-1]
        return np.searchsorted(edges, u, side="right").astype(np.float64)

    def expects(self) -> str:
        return f"one of {list(self.values)!r}" if self.levels > 1 else f"the constant {self.values[0]!r}"


def _same(a: Any, b: Any) -> bool:
    """Equality of plain values of any type, arrays and other strangers included."""
    if not isinstance(a, str | bool | np.bool_ | numbers.Real | None):
        return False
    return isinstance(a, bool | np.bool_) == isinstance(b, bool) and bool(a == b)
