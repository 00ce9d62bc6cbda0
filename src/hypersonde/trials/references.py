"""Trials that a trial's ``why`` speaks of: written as numbers, and renumbered wherever trials are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

__all__ = ["REFERENCES", "labelled", "references", "referred", "rewritten"]

REFERENCES: Final = ("parents", "from", "migrants", "replaced")
"""The entries of `Trial.why` that name other trials: whom it was bred or moved on from; with it, who went to another
island, and in whose stead."""


def references(numbers: Iterable[int]) -> str:
    """Numbers of trials as one entry of ``why``.

    >>> references([3, 17])
    '3 17'
    """
    return " ".join(str(int(number)) for number in numbers)


def referred(why: Mapping[str, Any], entry: str) -> list[int]:
    """The trials that an entry names; none when it is not there.

    >>> referred({"parents": "3 17"}, "parents")
    [3, 17]
    """
    return [int(word) for word in str(why.get(entry, "")).split()]


def labelled(why: Mapping[str, Any], label: Callable[[int], str]) -> Mapping[str, Any]:
    """``why`` with what trials are called in the place of their numbers; -1 stays: such a trial is not known.

    >>> labelled({"parents": "3 -1"}, lambda number: f"0000-{number:06d}")
    {'parents': '0000-000003 -1'}
    """
    return rewritten(why, lambda word: label(int(word)) if int(word) >= 0 else word)


def rewritten(why: Mapping[str, Any], word: Callable[[str], str | None]) -> Mapping[str, Any]:
    """``why`` with another word for every trial that it names; without those for which there is none.

    >>> rewritten({"parents": "3 17", "island": 1}, lambda number: str(int(number) + 1))
    {'parents': '4 18', 'island': 1}
    """
    named = [entry for entry in REFERENCES if entry in why]
    if not named:
        return why
    changed = dict(why)
    for entry in named:
        words = [new for old in str(why[entry]).split() if (new := word(old)) is not None]
        if words:
            changed[entry] = " ".join(words)
        else:
            del changed[entry]
    return changed
