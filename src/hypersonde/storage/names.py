"""What a trial is called where: by a number here, by a log and a number in it everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

from hypersonde.trials import REFERENCES, Event, Queued, Started, renumbered, rewritten

__all__ = ["Names"]

E = TypeVar("E", bound=Event)

Identity = tuple[int, int]
"""A log and the number of the trial in it."""


class Names:
    """The trials known here, by number, and who they are everywhere.

    >>> names = Names()
    >>> names.add(3, 0), names.add(0, 7)
    (0, 1)
    >>> names.out({"parents": "0 1"})
    {'parents': '3:0 0:7'}
    >>> names.back({"parents": "0:7 5:5"})
    {'parents': '1 -1'}
    """

    def __init__(self) -> None:
        self._identities: list[Identity] = []
        self._numbers: dict[Identity, int] = {}
        self._sizes: Counter[int] = Counter()

    def __len__(self) -> int:
        return len(self._identities)

    def add(self, log: int, there: int) -> int:
        """Give the next number here to a trial."""
        number = len(self._identities)
        self._identities.append((log, there))
        self._numbers[log, there] = number
        self._sizes[log] += 1
        return number

    def next(self, log: int) -> int:
        """The number that a new trial of a log gets there."""
        return self._sizes[log]

    def identity(self, number: int) -> Identity:
        """The log that a trial belongs to, and its number in it; of a number that no trial has, itself in no log."""
        return self._identities[number] if 0 <= number < len(self._identities) else (-1, number)

    def number(self, log: int, there: int) -> int | None:
        """The number here; None for a trial that is not known."""
        return self._numbers.get((log, there))

    def inward(self, event: E, number: int) -> E:
        """An event as others tell it, with the number that its trial has here."""
        if isinstance(event, Queued | Started):
            return renumbered(event, number, self.back(event.why))
        return renumbered(event, number)

    def outward(self, event: E, there: int) -> E:
        """An event as it is told to others, with the number that its trial has in its log."""
        if isinstance(event, Queued | Started):
            return renumbered(event, there, self.out(event.why))
        return renumbered(event, there)

    def out(self, why: Mapping[str, Any]) -> Mapping[str, Any]:
        """``why`` with identities in the place of numbers here."""
        return rewritten(why, lambda word: "{}:{}".format(*self.identity(int(word))))

    def back(self, why: Mapping[str, Any]) -> Mapping[str, Any]:
        """``why`` with numbers here in the place of identities; -1 for those that are not known."""
        return rewritten(why, lambda word: str(self._here(word)))

    def within(self, log: int, why: Mapping[str, Any]) -> Mapping[str, Any]:
        """``why`` as one log has it, with numbers here; without those that are not known."""

        def here(word: str) -> str | None:
            number = self.number(log, int(word))
            return None if number is None else str(number)

        return rewritten(why, here)

    def complete(self, why: Mapping[str, Any]) -> bool:
        """Whether all trials that ``why`` names are known."""
        words = [word for entry in REFERENCES for word in str(why.get(entry, "")).split()]
        return all(self._here(word) >= 0 for word in words)

    def _here(self, word: str) -> int:
        log, _, there = word.partition(":")
        number = self.number(int(log), int(there)) if there else None
        return -1 if number is None else number
