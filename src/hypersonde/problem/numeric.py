"""Numbers <-> positions in [0, 1], on a linear or log scale, drawn uniformly or under a prior."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.problem.codec import Codec

WIDEST = 10**10
"""The most values that an integer parameter may have: beyond it two neighbours share a position."""


def within(x: Array, low: float | Array, high: float | Array) -> Array:
    """`x` cut at both ends, NaN kept; for the few values of a suggestion several times as fast as ``np.clip``."""
    return np.minimum(np.maximum(x, low), high)


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
        return within(((np.log(v) if self.log else v) - a) / (b - a), 0.0, 1.0)

    def decode(self, column: Array) -> list[Any]:
        a, b = self._ends()
        v = a + within(column, 0.0, 1.0) * (b - a)
        return list(within(np.exp(v) if self.log else v, self.low, self.high).tolist())

    def place(self, value: Any) -> float:
        return _beyond(value, *self._ends(), self.log)

    def snap(self, column: Array) -> Array:
        return within(column, 0.0, 1.0)

    def quantile(self, u: Array) -> Array:
        return u

    def expects(self) -> str:
        return f"a number in [{self.low:g}, {self.high:g}]"

    def legal(self, value: Any) -> bool:
        return is_number(value) and self.low <= value <= self.high

    def plain(self, value: Any) -> float:
        return float(value)


@dataclass(frozen=True, slots=True)
class Whole(Codec):
    """An integer; each owns a cell of half a unit to both sides, on a linear or log scale."""

    low: int
    high: int
    log: bool

    @property
    def levels(self) -> int:
        return self.high - self.low + 1

    @property
    def growth(self) -> float:
        a, b = self._ends()
        return float(b - a) if self.log else 0.0

    def _ends(self) -> tuple[float, float]:
        a, b = self.low - 0.5, self.high + 0.5
        return (np.log(a), np.log(b)) if self.log else (a, b)

    def encode(self, values: Sequence[Any] | Array) -> Array:
        a, b = self._ends()
        v = np.asarray(values, dtype=np.float64)
        return ((np.log(v) if self.log else v) - a) / (b - a)

    def _round(self, column: Array) -> Array:
        a, b = self._ends()
        v = a + within(column, 0.0, 1.0) * (b - a)
        return within(np.rint(np.exp(v) if self.log else v), self.low, self.high)

    def decode(self, column: Array) -> list[Any]:
        return list(self._round(column).astype(np.int64).tolist())

    def place(self, value: Any) -> float:
        return _beyond(value, *self._ends(), self.log)

    def snap(self, column: Array) -> Array:
        return self.encode(self._round(column))

    def quantile(self, u: Array) -> Array:
        return self.snap(u)

    def expects(self) -> str:
        return f"an integer in [{self.low}, {self.high}]"

    def legal(self, value: Any) -> bool:
        return is_number(value) and float(value).is_integer() and self.low <= value <= self.high

    def plain(self, value: Any) -> int:
        return int(value)


@dataclass(frozen=True, slots=True, eq=False)
class Prior(Codec):
    """A number whose draws follow a prior of ConfigSpace (normal or beta); positions stay on its scale.

    Attributes
    ----------
    base : the same number without the prior.
    edges : (c + 1,) borders of c cells of positions, ascending from 0 to 1.
    mass : (c + 1,) probability below each border, from 0 to 1.
    """

    base: Continuum | Whole
    edges: Array
    mass: Array

    @property
    def levels(self) -> int:
        return self.base.levels

    @property
    def growth(self) -> float:
        return self.base.growth

    def encode(self, values: Sequence[Any] | Array) -> Array:
        return self.base.encode(values)

    def decode(self, column: Array) -> list[Any]:
        return self.base.decode(column)

    def place(self, value: Any) -> float:
        return self.base.place(value)

    def snap(self, column: Array) -> Array:
        return self.base.snap(column)

    def quantile(self, u: Array) -> Array:
        return self.snap(np.interp(u, self.mass, self.edges))

    def expects(self) -> str:
        return self.base.expects()

    def legal(self, value: Any) -> bool:
        return self.base.legal(value)

    def plain(self, value: Any) -> Any:
        return self.base.plain(value)


def prior(base: Continuum | Whole, source: Any) -> Prior:
    """`base` drawn under the density of `source`, a normal or beta hyperparameter of ConfigSpace.

    The density is tabulated between the points of a regular grid and of a fixed sample of the prior, so
    that a narrow peak in a wide range is met. An integer on a log scale has the mass of the reals that
    round to it; on a linear scale the outermost integers own whole cells, for which the density is stretched.
    """
    whole = isinstance(base, Whole)
    real = source.to_float() if whole else source
    smooth = Continuum(float(base.low), float(base.high), base.log)
    drawn = real.sample_value(4096, seed=np.random.RandomState(0))
    u = np.unique(np.concatenate([np.linspace(0.0, 1.0, 4097), smooth.encode(drawn)]))
    density = np.asarray(real.pdf_values(np.array(smooth.decode((u[1:] + u[:-1]) / 2))), dtype=np.float64)
    mass = np.concatenate([[0.0], np.cumsum(density * np.diff(u))])
    mass /= mass[-1]
    if not whole:
        return Prior(base, u, mass)
    values = np.unique(np.rint(smooth.decode(u)))
    ends = np.concatenate([[base.low - 0.5], (values[1:] + values[:-1]) / 2, [base.high + 0.5]])
    edges = base.encode(ends)
    at = smooth.encode(np.clip(ends, base.low, base.high)) if base.log else edges
    return Prior(base, edges, np.interp(at, u, mass))


def _beyond(value: Any, a: float, b: float, log: bool) -> float:
    """Position of a number on the scale from ``a`` to ``b``, up to one range outside; NaN of what has none."""
    if not is_number(value) or (log and value <= 0):
        return math.nan
    return min(max(((math.log(value) if log else float(value)) - a) / (b - a), -1.0), 2.0)


def is_number(value: Any) -> bool:
    """Whether a value is a finite real number, NumPy's included and booleans not.

    >>> is_number(3), is_number(True), is_number(float("nan")), is_number("3")
    (True, False, False, False)
    """
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def check_width(name: str, low: int, high: int) -> None:
    """Refuse an integer range that an encoded column cannot tell apart.

    Raises
    ------
    InvalidInput : more than `WIDEST` values.
    """
    if high - low >= WIDEST:
        raise InvalidInput(
            f"parameter {name!r}: an integer range has at most {WIDEST:,} values, got ({low}, {high}). "
            f"Use the real range ({float(low)!r}, {float(high)!r}) and round in the run function."
        )
