"""One parameter between its values and its column: numbers to [0, 1], categories to indices."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import ConfigSpace as cs
import numpy as np
from ConfigSpace.hyperparameters import Hyperparameter

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput


class Codec(ABC):
    """Values of one parameter <-> one encoded column (see `Columns`). No NaN goes in or out."""

    categorical: ClassVar[bool] = False

    @property
    @abstractmethod
    def levels(self) -> int:
        """Number of categories or grid points; 0 for a continuum."""

    @abstractmethod
    def encode(self, values: Sequence[Any] | Array) -> Array:
        """(n,) column of n legal values."""

    @abstractmethod
    def decode(self, column: Array) -> list[Any]:
        """n plain Python values of an (n,) column; any position in between is snapped first."""

    @abstractmethod
    def snap(self, column: Array) -> Array:
        """The (n,) column moved to the nearest legal positions."""

    @abstractmethod
    def quantile(self, u: Array) -> Array:
        """The (n,) column that draws `u`, uniform in [0, 1), stand for under the parameter's prior."""

    @abstractmethod
    def expects(self) -> str:
        """What a legal value is, for error messages: ``an integer in [1, 10]``."""

    @abstractmethod
    def legal(self, value: Any) -> bool:
        """Whether one value is legal."""


@dataclass(frozen=True, slots=True)
class Continuum(Codec):
    """A real number on a linear or log scale."""

    low: float
    high: float
    log: bool

    @property
    def levels(self) -> int:
        return 0

    def _ends(self) -> tuple[float, float]:
        return (np.log(self.low), np.log(self.high)) if self.log else (self.low, self.high)

    def encode(self, values: Sequence[Any] | Array) -> Array:
        a, b = self._ends()
        v = np.asarray(values, dtype=np.float64)
        return np.clip(((np.log(v) if self.log else v) - a) / (b - a), 0.0, 1.0)

    def decode(self, column: Array) -> list[Any]:
        a, b = self._ends()
        v = a + np.clip(column, 0.0, 1.0) * (b - a)
        return list(np.clip(np.exp(v) if self.log else v, self.low, self.high).tolist())

    def snap(self, column: Array) -> Array:
        return np.clip(column, 0.0, 1.0)

    def quantile(self, u: Array) -> Array:
        return u

    def expects(self) -> str:
        return f"a number in [{self.low:g}, {self.high:g}]"

    def legal(self, value: Any) -> bool:
        return _is_number(value) and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Whole(Codec):
    """An integer; each owns a cell of half a unit to both sides, on a linear or log scale."""

    low: int
    high: int
    log: bool

    @property
    def levels(self) -> int:
        return self.high - self.low + 1

    def _ends(self) -> tuple[float, float]:
        a, b = self.low - 0.5, self.high + 0.5
        return (np.log(a), np.log(b)) if self.log else (a, b)

    def encode(self, values: Sequence[Any] | Array) -> Array:
        a, b = self._ends()
        v = np.asarray(values, dtype=np.float64)
        return ((np.log(v) if self.log else v) - a) / (b - a)

    def _round(self, column: Array) -> Array:
        a, b = self._ends()
        v = a + np.clip(column, 0.0, 1.0) * (b - a)
        return np.clip(np.rint(np.exp(v) if self.log else v), self.low, self.high)

    def decode(self, column: Array) -> list[Any]:
        return list(self._round(column).astype(np.int64).tolist())

    def snap(self, column: Array) -> Array:
        return self.encode(self._round(column))

    def quantile(self, u: Array) -> Array:
        return self.snap(u)

    def expects(self) -> str:
        return f"an integer in [{self.low}, {self.high}]"

    def legal(self, value: Any) -> bool:
        return _is_number(value) and float(value).is_integer() and self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Steps(Codec):
    """A sequence with an order (ordinal): equal cells in [0, 1]."""

    values: tuple[Any, ...]

    @property
    def levels(self) -> int:
        return len(self.values)

    def encode(self, values: Sequence[Any] | Array) -> Array:
        return (np.array([self.values.index(v) for v in values], dtype=np.float64) + 0.5) / self.levels

    def _index(self, column: Array) -> Array:
        return np.clip(np.floor(column * self.levels), 0, self.levels - 1)

    def decode(self, column: Array) -> list[Any]:
        return [self.values[int(i)] for i in self._index(column)]

    def snap(self, column: Array) -> Array:
        return (self._index(column) + 0.5) / self.levels

    def quantile(self, u: Array) -> Array:
        return self.snap(u)

    def expects(self) -> str:
        return f"one of {list(self.values)!r}"

    def legal(self, value: Any) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class Choice(Codec):
    """A category: the column holds its index. A constant is a choice of one."""

    values: tuple[Any, ...]
    weights: tuple[float, ...]
    categorical: ClassVar[bool] = True

    @property
    def levels(self) -> int:
        return len(self.values)

    def encode(self, values: Sequence[Any] | Array) -> Array:
        return np.array([self.values.index(v) for v in values], dtype=np.float64)

    def decode(self, column: Array) -> list[Any]:
        return [self.values[int(i)] for i in self.snap(column)]

    def snap(self, column: Array) -> Array:
        return np.clip(np.rint(column), 0, self.levels - 1)

    def quantile(self, u: Array) -> Array:
        edges = np.cumsum(self.weights)[:-1]
        return np.searchsorted(edges, u, side="right").astype(np.float64)

    def expects(self) -> str:
        return f"one of {list(self.values)!r}" if self.levels > 1 else f"the constant {self.values[0]!r}"

    def legal(self, value: Any) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class Prior(Codec):
    """A number whose draws follow a prior of ConfigSpace (normal or beta); positions stay on its scale."""

    base: Continuum | Whole
    source: Hyperparameter[Any, Any]

    @property
    def levels(self) -> int:
        return self.base.levels

    def encode(self, values: Sequence[Any] | Array) -> Array:
        return self.base.encode(values)

    def decode(self, column: Array) -> list[Any]:
        return self.base.decode(column)

    def snap(self, column: Array) -> Array:
        return self.base.snap(column)

    def quantile(self, u: Array) -> Array:
        grid = np.linspace(0.0, 1.0, 513)
        density = np.asarray(self.source.pdf_values(np.asarray(self.base.decode(grid))), dtype=np.float64)
        mass = np.concatenate([[0.0], np.cumsum(density[1:] + density[:-1])])
        return self.snap(np.interp(u, mass / mass[-1], grid))

    def expects(self) -> str:
        return self.base.expects()

    def legal(self, value: Any) -> bool:
        return self.base.legal(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


def codec(parameter: Hyperparameter[Any, Any]) -> Codec:
    """The codec of one ConfigSpace hyperparameter.

    Raises
    ------
    InvalidInput : a kind of hyperparameter that has no codec.
    """
    if isinstance(parameter, cs.UniformFloatHyperparameter):
        return Continuum(parameter.lower, parameter.upper, parameter.log)
    if isinstance(parameter, cs.UniformIntegerHyperparameter):
        return Whole(int(parameter.lower), int(parameter.upper), parameter.log)
    if isinstance(parameter, cs.NormalFloatHyperparameter | cs.BetaFloatHyperparameter):
        return Prior(Continuum(parameter.lower, parameter.upper, parameter.log), parameter)
    if isinstance(parameter, cs.NormalIntegerHyperparameter | cs.BetaIntegerHyperparameter):
        return Prior(Whole(int(parameter.lower), int(parameter.upper), parameter.log), parameter)
    if isinstance(parameter, cs.OrdinalHyperparameter):
        return Steps(tuple(parameter.sequence))
    if isinstance(parameter, cs.CategoricalHyperparameter):
        return Choice(tuple(parameter.choices), tuple(float(p) for p in parameter.probabilities))
    if isinstance(parameter, cs.Constant):
        return Choice((parameter.value,), (1.0,))
    raise InvalidInput(
        f"parameter {parameter.name!r}: a {type(parameter).__name__} is not supported. "
        f"Use a float, an integer, an ordinal, a category or a constant."
    )
