"""What a step of a chain takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.problem import Encoding
from hypersonde.samplers.evolution.selection import Indices

__all__ = ["Parents", "Step", "check_share"]


class Parents(NamedTuple):
    """Rows (k, D), k >= 1, and how fit they are (k,), LOWER IS BETTER; a child has the fitness of its first parent.

    ``numbers`` are the trials that they are, or that a child comes from.
    """

    rows: Array
    fitness: Array
    numbers: Indices = np.empty(0, dtype=np.int64)

    def at(self, which: Indices) -> Parents:
        """Some of them, in the order of the indices."""
        return Parents(
            self.rows[which], self.fitness[which], self.numbers[which] if len(self.numbers) else self.numbers
        )

    def child(self, row: Array) -> Parents:
        """A row (1, D) that took the place of all, a child of all of them."""
        return Parents(row, self.fitness[:1], self.numbers)

    def first(self) -> Parents:
        """The first of them alone."""
        return Parents(self.rows[:1], self.fitness[:1], self.numbers[:1])

    def stranger(self, row: Array) -> Parents:
        """A row (1, D) that took the place of all and is nobody's child."""
        return Parents(row, self.fitness[:1], self.numbers[:0])


Step = Callable[[Parents, Encoding, np.random.Generator], Parents]
"""One step of a chain: pure but for the draws."""


def check_share(what: str, share: float) -> None:
    """Refuse what is no probability.

    Raises
    ------
    InvalidInput : it is not in [0, 1].
    """
    if not 0.0 <= share <= 1.0:
        raise InvalidInput(f"{what} is a probability in [0, 1], got {share!r}.")
