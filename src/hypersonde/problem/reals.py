"""Plain real numbers, many columns at once: one by one they would cost several times as much per configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hypersonde.columns import Array
from hypersonde.problem.codec import Codec
from hypersonde.problem.numeric import Continuum, within


class Reals:
    """The k parameters of a space that are a `Continuum`; does to their columns together what each does to its own.

    Attributes
    ----------
    at : (k,) their columns.
    names : their names.
    """

    def __init__(self, codecs: Mapping[str, Codec]) -> None:
        mine = {name: (j, c) for j, (name, c) in enumerate(codecs.items()) if isinstance(c, Continuum)}
        self.names = tuple(mine)
        self._set = frozenset(mine)
        self.at = np.array([j for j, _ in mine.values()], dtype=np.int64)
        self._low, self._high = np.array([(c.low, c.high) for _, c in mine.values()]).reshape(-1, 2).T
        self._log = np.flatnonzero([c.log for _, c in mine.values()])
        self._a = self._scaled(self._low)
        self._width = self._scaled(self._high) - self._a

    def within(self, config: Mapping[str, Any]) -> bool:
        """Whether a configuration has all these parameters."""
        return config.keys() >= self._set

    def _scaled(self, v: Array) -> Array:
        """Values on each parameter's own scale."""
        if not len(self._log):
            return v
        v = v.copy()
        v[..., self._log] = np.log(v[..., self._log])
        return v

    def encode(self, configs: Sequence[Mapping[str, Any]]) -> Array:
        """(n, k) positions of n configurations that have all these parameters."""
        v = np.array([[config[name] for name in self.names] for config in configs], dtype=np.float64)
        return within((self._scaled(v) - self._a) / self._width, 0.0, 1.0)

    def decode(self, X: Array) -> Array:
        """(n, k) values at positions (n, k)."""
        v = self._a + within(X, 0.0, 1.0) * self._width
        if len(self._log):
            v[:, self._log] = np.exp(v[:, self._log])
        return within(v, self._low, self._high)
