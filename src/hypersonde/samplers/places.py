"""How far along a fixed design a search has come: written into the record of each trial, read from there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from hypersonde.trials import History

__all__ = ["Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a design.

    Attributes
    ----------
    design : its name.
    number : 0, 1, 2 ...
    scramble : which of its random variants it is.
    """

    design: str
    number: int = 0
    scramble: int = 0

    @classmethod
    def after(cls, history: History, design: str) -> Place | None:
        """The place after the last one that was taken; None when none was, or when records do not say."""
        for trial in reversed(history):
            if trial.why.get("design") == design:
                return cls(design, int(trial.why["place"]) + 1, int(trial.why.get("scramble", 0)))
        return None

    def at(self, number: int) -> Place:
        """Another place in the same design."""
        return replace(self, number=number)

    def record(self) -> dict[str, Any]:
        """What the record of a trial says of its place, for `after` to read."""
        return {"design": self.design, "place": self.number, "scramble": self.scramble}
