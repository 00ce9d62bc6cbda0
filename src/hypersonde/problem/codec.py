"""The contract of a codec: one parameter between its values and its column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from hypersonde.columns import Array


class Codec(ABC):
    """Values of one parameter <-> one encoded column (see `Columns`). No NaN goes in or out."""

    categorical: ClassVar[bool] = False

    @property
    @abstractmethod
    def levels(self) -> int:
        """Number of categories or grid points; 0 for a continuum."""

    @property
    def growth(self) -> float:
        """See `Columns`: 0 unless the grid is even on another scale."""
        return 0.0

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

    def place(self, value: Any) -> float:
        """Position of a value of another space's parameter of this name; NaN where it means nothing here."""
        return float(self.encode([value])[0]) if self.legal(value) else np.nan

    @abstractmethod
    def expects(self) -> str:
        """What a legal value is, for error messages: ``an integer in [1, 10]``."""

    @abstractmethod
    def legal(self, value: Any) -> bool:
        """Whether one value, of any type, is legal."""

    @abstractmethod
    def plain(self, value: Any) -> Any:
        """A legal value as a plain Python object, unchanged otherwise."""
