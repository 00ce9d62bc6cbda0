"""How far along a fixed design a search has come: written into the record of each trial, read from there."""

from __future__ import annotations

from typing import Any

from hypersonde.trials import History

__all__ = ["next_place", "record"]

_DESIGN, _PLACE = "design", "place"


def record(design: str, place: int) -> dict[str, Any]:
    """What the record of a trial says of its place in a design."""
    return {_DESIGN: design, _PLACE: place}


def next_place(history: History, design: str) -> int:
    """The place after the last one that was taken; 0 when none was, or when records do not say."""
    for trial in reversed(history):
        if trial.why.get(_DESIGN) == design:
            return int(trial.why[_PLACE]) + 1
    return 0
