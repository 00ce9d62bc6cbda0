"""Who is here now, in the order of arrival."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["Roll"]

V = TypeVar("V")

_GAPS = 64
"""Left places that are too few to be tidied up."""


class Roll(dict[int, V]):
    """Numbers and what is said of each, as cheap to walk through as there are, however many there were before.

    A plain dict keeps the places of those who left, and walks through them too: a hundred thousand, where as many
    trials once ran or waited, take longer than a suggestion.

    >>> roll = Roll({1: "a", 2: "b"})
    >>> roll.strike(1), roll.strike(3), list(roll)
    ('a', None, [2])
    """

    __slots__ = ("_gaps",)

    def __init__(self, *given: dict[int, V]) -> None:
        super().__init__(*given)
        self._gaps = 0

    def strike(self, number: int) -> V | None:
        """Take a number off the roll: what was said of it, None when it is not there."""
        if number not in self:
            return None
        self._gaps += 1
        said = self.pop(number)
        if self._gaps > _GAPS + len(self):
            rest = dict(self)
            self.clear()
            self.update(rest)
            self._gaps = 0
        return said
