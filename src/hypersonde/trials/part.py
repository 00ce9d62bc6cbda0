"""A history of some of the trials of another history, in step with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from weakref import ref

import numpy as np

from hypersonde.errors import HypersondeError
from hypersonde.trials.history import History
from hypersonde.trials.references import rewritten
from hypersonde.trials.roll import Roll
from hypersonde.trials.trial import State, Trial

__all__ = ["Part"]


class Part(History):
    """A view: whoever reads histories reads it as one. Its trials are numbered anew, in the order of admission.

    The records are those of the whole but for their number, and are made when somebody looks at them; arrays grow by a
    row for each trial admitted. `knows` answers for the whole, so that nothing is tried twice in different parts.

    Parameters
    ----------
    whole : is only read, and not kept alive.
    """

    def __init__(self, whole: History) -> None:
        super().__init__(whole.problem, whole.metrics)
        self._reference = ref(whole)
        self._members: list[int] = []
        self._open: Roll[_Sight] = Roll()
        self._seen = -1
        self._departed: list[int] = []
        self._own: list[tuple[str, Mapping[str, Any]]] = []
        self._trials = _Records(self)  # type: ignore[assignment]

    @property
    def _whole(self) -> History:
        whole = self._reference()
        if whole is None:
            raise HypersondeError("a part of a history was read after the history was gone.")
        return whole

    @property
    def members(self) -> list[int]:
        """The numbers that the trials of this part have in the whole. Only to be read."""
        return self._members

    def holds(self, key: bytes) -> bool:
        return self._whole.holds(key)

    def owner(self, number: int) -> str:
        return self._whole.owner(self._members[number])

    def admit(self, number: int, origin: str, why: Mapping[str, Any]) -> int:
        """Take in trial `number` of the whole as not yet finished, told by another origin; the number it gets here."""
        whole, here = self._whole, len(self._members)
        self._members.append(number)
        self._own.append((origin, why))
        if here >= len(self._status):
            self._status = _doubled(self._status, here)
        self._X.reserve(here + 1)
        self._losses.reserve(here + 1)
        self._X.put(here, whole._X.row(number))
        self._origins[origin] += 1
        self._open[here] = seen = _sight(whole[number])
        self._show(here, seen[0])
        return here

    def finish(self, here: int) -> None:
        """See the end of trial `here`, which the whole knows."""
        self._hide(here, self._open[here][0])
        self._open.strike(here)
        whole, number = self._whole, self._members[here]
        state: State = whole[number].state
        self._show(here, state, open=False)
        if self._finished == len(self._order):
            self._order = _doubled(self._order, self._finished)
        self._order[self._finished] = here
        self._finished += 1
        if state is State.COMPLETE:
            self._losses.put(here, whole._losses.row(number))

    def look(self) -> None:
        """See how the trials stand that have not finished, if anything happened to one."""
        if self._seen == self._whole.stirred:
            return
        self._seen = self._whole.stirred
        for here, before in list(self._open.items()):
            seen = _sight(self._whole[self._members[here]])
            if seen != before and not seen[0].final:
                self._open[here] = seen
                self._stirred += 1
                self._hide(here, before[0])
                self._show(here, seen[0])

    @property
    def departed(self) -> list[int]:
        return self._departed

    def depart(self, here: int) -> None:
        """Trial `here` has left: from now on it reads as cancelled, without a loss."""
        if here in self._open:
            self.finish(here)
        self._counts[State(int(self._status[here]))] -= 1
        self._counts[State.CANCELLED] += 1
        self._status[here] = State.CANCELLED
        self._losses.put(here, np.nan)
        self._departed.append(here)
        self._version += 1

    def without(self, gone: set[int]) -> Part:
        """A new part that has never had the trials that have the numbers `gone` in the whole."""
        rest = Part(self._whole)
        places: dict[int, int] = {}

        def renumbered(word: str) -> str | None:
            return str(places[int(word)]) if int(word) in places else None

        for here, number in enumerate(self._members):
            if number not in gone:
                origin, why = self._own[here]
                places[here] = rest.admit(number, origin, rewritten(why, renumbered))
        for here in self.finish_order.tolist():
            if here in places:
                rest.finish(places[here])
        return rest

    def _record(self, here: int) -> Trial:
        origin, why = self._own[here]
        trial: Trial = self._whole[self._members[here]]
        if here in self._open and trial.state.final:
            trial = replace(trial, state=State.RUNNING, values=(), metrics={}, failure=None, finished=None)
        if self._status[here] == State.CANCELLED and trial.state is not State.CANCELLED:
            trial = replace(trial, state=State.CANCELLED, values=())
        return replace(trial, number=here, origin=origin, why=why)

    def _show(self, here: int, state: State, open: bool = True) -> None:
        """Enter the state of a trial; one that is open here, though its end is known, runs."""
        if open and state is not State.WAITING:
            state = State.RUNNING
            self._running[here] = ""
        elif open:
            self._waiting[here] = None
        self._counts[state] += 1
        self._status[here] = state
        self._version += 1

    def _hide(self, here: int, state: State) -> None:
        """Strike out what `_show` entered for a trial that is open here."""
        waits = state is State.WAITING
        (self._waiting if waits else self._running).strike(here)
        self._counts[State.WAITING if waits else State.RUNNING] -= 1


_Sight = tuple[State, int, int]
"""State, attempt and number of measurements: what changes while a trial has not finished."""


def _sight(trial: Trial) -> _Sight:
    return trial.state, trial.attempt, len(trial.measurements)


class _Records(Sequence[Trial]):
    """The trials of a part, each made when it is asked for."""

    def __init__(self, part: Part) -> None:
        self._part = ref(part)

    def __len__(self) -> int:
        part = self._part()
        return 0 if part is None else len(part.members)

    def __getitem__(self, index: Any) -> Any:
        part = self._part()
        if part is None:
            raise HypersondeError("the trials of a part of a history were read after the part was gone.")
        chosen = range(len(part.members))[index]
        return part._record(chosen) if isinstance(chosen, int) else [part._record(here) for here in chosen]


def _doubled(array: Any, filled: int) -> Any:
    return np.concatenate([array, np.zeros(max(64, filled), dtype=array.dtype)])
