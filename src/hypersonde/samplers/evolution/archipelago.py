"""Islands as parts of one history: who lives where, read off the records.

A trial's record says on which island it was bred (``island``) and who went elsewhere at that moment: ``migrants``, the
islands that they went ``to``, whom they ``replaced`` there, and how many trials had finished by then (``seen``). So
whoever reads the records comes to the same islands, live or after a resume.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any
from zlib import crc32

import numpy as np

from hypersonde.samplers.base import Sampler
from hypersonde.samplers.evolution.emigration import Line, first
from hypersonde.trials import History, Part, Trial, referred, rewritten

__all__ = ["Archipelago", "Island"]

_OURS = frozenset({"island", "migrants", "to", "replaced", "seen"})


class Island:
    """Those who live on one island, as a history of their own."""

    def __init__(self, history: History, sampler: Sampler) -> None:
        self.part = Part(history)
        self.sampler = sampler
        self.born = 0
        self._places: dict[int, int] = {}
        self._gone: set[int] = set()
        self._changed = False
        self._lines: dict[tuple[int, float], Line] = {}

    def has_seen(self, number: int) -> bool:
        """Whether a trial lives here or has lived here."""
        return number in self._places

    def bear(self, trial: Trial) -> None:
        """Take in a trial whose home this is."""
        self.born += 1
        if "island" not in trial.why:
            self._settle(trial.number, trial.origin, trial.why)
            return
        own = {key: value for key, value in trial.why.items() if key not in _OURS}
        self._settle(trial.number, self.sampler.name, rewritten(own, self._here))

    def welcome(self, number: int) -> None:
        """Take in a trial from elsewhere, of which nobody here knows why it was tried."""
        self._settle(number, "migrant", {})

    def leave(self, number: int) -> None:
        """A trial is here no more."""
        here = self._places.get(number, -1)
        if here < 0:
            return
        if self.sampler.forgets(self.part):
            self._places[number] = -1
            self.part.depart(here)
        else:
            self._gone.add(number)
            self._changed = True

    def finish(self, number: int) -> None:
        """A trial that lives here, or lived here, has come to its end."""
        if self._places[number] >= 0:
            self.part.finish(self._places[number])

    def renew(self) -> None:
        """Where the sampler cannot forget those who left: a new part, so that it begins anew without them."""
        if self._changed:
            self._changed = False
            self._lines.clear()
            self.part = self.part.without(self._gone)
            self._places = dict.fromkeys(self._places, -1) | {n: i for i, n in enumerate(self.part.members)}

    def first(
        self,
        policy: str,
        count: int,
        rng: np.random.Generator,
        there: Island | None = None,
        taken: Set[int] = frozenset(),
    ) -> list[int]:
        """Up to `count` trials with a result, by their numbers in the whole; none that are `taken` or were `there`."""

        def line(sign: float) -> Line:
            return self._lines.setdefault((id(there), sign), Line(sign))

        refused = (lambda number: False) if there is None else there.has_seen
        return first(self.part, policy, count, rng, line, refused, taken)

    def _settle(self, number: int, origin: str, why: Mapping[str, Any]) -> None:
        self._places[number] = self.part.admit(number, origin, why)

    def _here(self, word: str) -> str | None:
        place = self._places.get(int(word), -1)
        return None if place < 0 else str(place)


class Archipelago:
    """The islands of one history.

    Parameters
    ----------
    history : the whole; outlives this.
    samplers : one for each island; the trials bred there count as chosen by it.
    sizes : how large each island is, in any unit; trials from elsewhere settle in proportion to it.
    moving : whether those who go elsewhere are gone at home.
    """

    def __init__(self, history: History, samplers: Sequence[Sampler], sizes: Sequence[float], moving: bool) -> None:
        self.islands = [Island(history, sampler) for sampler in samplers]
        self._moving = moving
        self._ends = np.cumsum(sizes) / sum(sizes)
        self._homes: list[list[int]] = []
        self._finished: dict[int, None] = {}

    def advance(self, history: History) -> None:
        """Come into step with the history: births in the order of numbers, ends in the order of finishing."""
        for number in range(len(self._homes), len(history)):
            trial: Trial = history[number]
            if "migrants" in trial.why:
                self._finish(history, int(trial.why.get("seen", 0)))
                self._migrate(trial)
            home = self.home(trial)
            self._homes.append([home])
            self.islands[home].bear(trial)
            if number in self._finished:
                self.islands[home].finish(number)
        self._finish(history, history.finished)
        for island in self.islands:
            island.renew()
            island.part.look()

    def home(self, trial: Trial) -> int:
        """The island of a trial: the recorded one, or else one that depends on its configuration alone."""
        island = trial.why.get("island")
        if isinstance(island, int) and 0 <= island < len(self.islands):
            return island
        point = crc32(repr(sorted(trial.config.items())).encode()) / 2**32
        return int(np.searchsorted(self._ends[:-1], point, side="right"))

    def _migrate(self, trial: Trial) -> None:
        targets = [int(word) for word in str(trial.why.get("to", "")).split()]
        for number, target in zip(referred(trial.why, "migrants"), targets, strict=False):
            known = 0 <= number < len(self._homes) and 0 <= target < len(self.islands)
            if not known or self.islands[target].has_seen(number):
                continue
            self._homes[number].append(target)
            self.islands[target].welcome(number)
            if number in self._finished:
                self.islands[target].finish(number)
            if self._moving:
                self.islands[self.home(trial)].leave(number)
        for number, target in zip(referred(trial.why, "replaced"), targets, strict=False):
            if 0 <= target < len(self.islands):
                self.islands[target].leave(number)

    def _finish(self, history: History, until: int) -> None:
        for number in history.finish_order[len(self._finished) : until].tolist():
            self._finished[number] = None
            for island in self._homes[number] if number < len(self._homes) else ():
                self.islands[island].finish(number)
