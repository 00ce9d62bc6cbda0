"""All trials so far: a fold of events, with columns that grow as events come in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from hypersonde.columns import Array, Mask
from hypersonde.errors import HypersondeError, InvalidInput
from hypersonde.models.hypervolume import hypervolume, pareto_mask
from hypersonde.problem import HpProblem
from hypersonde.trials.bulk import without_collection
from hypersonde.trials.events import Event, Finished, Queued, Released, Reported, Started
from hypersonde.trials.metric import Metric
from hypersonde.trials.roll import Roll
from hypersonde.trials.trial import Measurement, State, Trial

_FIELDS = tuple(field.name for field in fields(Trial))
_VALUES = attrgetter(*_FIELDS)

_FIRST = (Queued, Started)
"""What a log says of a trial first."""

_DRAFTS = 1_000
"""Trials that are changed before their records are made."""

_UNBORN = Trial(-1, {})
"""Keeps the place of a trial whose first events are being folded."""


class History(Sequence[Trial]):
    """The trials of one study by number, and the same as arrays for samplers.

    Whoever holds a history only reads it; `extend` belongs to the study. Folding the same event twice
    changes nothing: the first report of a step counts, and reports or endings of an earlier attempt are ignored.

    Parameters
    ----------
    problem : the search space; its encoding gives the columns.
    metrics : the metrics of the study, m of them.
    label : what a trial is called, by its number: that number, unless several logs are read as one.
    """

    def __init__(self, problem: HpProblem, metrics: Sequence[Metric], label: Callable[[int], str] = str) -> None:
        self.problem = problem
        self.label = label
        self.metrics = tuple(metrics)
        self._trials: list[Trial] = []
        self._drafts: dict[int, dict[str, Any]] = {}
        self._X = _Growing(np.nan, len(problem.encoding.columns))
        self._losses = _Growing(np.nan, len(self.metrics))
        self._status = np.zeros(0, dtype=np.int8)
        self._keys: set[bytes] = set()
        self._order = np.zeros(0, dtype=np.int64)
        self._finished = 0
        self._running: Roll[str] = Roll()
        self._waiting: Roll[None] = Roll()
        self._counts = dict.fromkeys(State, 0)
        self._origins: Counter[str] = Counter()
        self._version = self._stirred = 0

    # -- trials --------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._trials)

    def __getitem__(self, index: Any) -> Any:
        return self._trials[index]

    def __iter__(self) -> Iterator[Trial]:
        return iter(self._trials)

    def find(self, label: str) -> Trial | None:
        """The trial that is called so; zeros in front may be left out."""
        if self.label is str:
            return self[int(label)] if label.isdecimal() and int(label) < len(self) else None
        wanted = _parts(label)
        return next((trial for trial in self if _parts(self.label(trial.number)) == wanted), None)

    def count(self, *states: State) -> int:
        """How many trials are in one of `states`; all of them without an argument."""
        return sum(self._counts[s] for s in states) if states else len(self._trials)

    def chosen_by(self, origin: str) -> int:
        """How many trials have this `Trial.origin`."""
        return self._origins[origin]

    @property
    def finished(self) -> int:
        """How many trials are in a final state."""
        return self._finished

    @property
    def departed(self) -> Sequence[int]:
        """Numbers of the trials that read as cancelled, though they had a result before; see `Part.depart`."""
        return ()

    @property
    def running(self) -> tuple[int, ...]:
        """Numbers of the running trials."""
        return tuple(self._running)

    @property
    def waiting(self) -> tuple[int, ...]:
        """Numbers of the trials that wait to be run, oldest first."""
        return tuple(self._waiting)

    def owner(self, number: int) -> str:
        """On whose behalf a running trial runs."""
        return self._running[number]

    @property
    def version(self) -> int:
        """Grows with every event that changed something: a key for caches."""
        return self._version

    @property
    def stirred(self) -> int:
        """Grows with what changes a trial that was there and has not finished: a report, a release, a start."""
        return self._stirred

    # -- arrays --------------------------------------------------------------------------------------

    @property
    def X(self) -> Array:  # noqa: N802
        """(n, D) encoded configurations of all trials in order of number, read-only; see `Columns`."""
        return self._X.rows(len(self._trials))

    def knows(self, X: Array) -> Mask:
        """(k,) mask of the encoded rows (k, D) that are the configuration of some trial."""
        return np.array([self.holds(key) for key in self.problem.encoding.keys(X)], dtype=np.bool_)

    def holds(self, key: bytes) -> bool:
        """Whether some trial's configuration has this key, one of `Encoding.keys`."""
        return key in self._keys

    @property
    def losses(self) -> Array:
        """(n, m) one column per metric, LOWER IS BETTER; NaN unless COMPLETE. Read-only."""
        return self._losses.rows(len(self._trials))

    @property
    def status(self) -> npt.NDArray[np.int8]:
        """(n,) the trials' `State` codes, read-only: ``history.status == State.RUNNING`` is a mask."""
        return _frozen(self._status[: len(self._trials)])

    @property
    def pending(self) -> Mask:
        """(n,) mask of the trials that have been chosen but have no result yet: running or waiting."""
        return self.status <= State.RUNNING

    @property
    def finish_order(self) -> npt.NDArray[np.int64]:
        """Numbers of the trials in a final state, in the order in which they got there. Read-only."""
        return _frozen(self._order[: self._finished])

    # -- results -------------------------------------------------------------------------------------

    @property
    def best(self) -> Trial | None:
        """The complete trial with the best first metric; the earliest of equals; None without one."""
        losses = self.losses[:, 0]
        if not np.any(~np.isnan(losses)):
            return None
        return self._trials[int(np.nanargmin(losses))]

    def top(self, k: int) -> list[Trial]:
        """The k best complete trials by the first metric, best first."""
        losses = self.losses[:, 0]
        order = np.argsort(losses, kind="stable")[: int(np.sum(~np.isnan(losses)))]
        return [self._trials[i] for i in order[:k]]

    @property
    def pareto(self) -> list[Trial]:
        """The complete trials that no other one beats in one metric without losing in another, by first metric."""
        done = np.flatnonzero(~np.isnan(self.losses[:, 0]))
        front = done[pareto_mask(self.losses[done])]
        return [self._trials[i] for i in front[np.argsort(self.losses[front, 0], kind="stable")]]

    def hypervolume(self, reference: Sequence[float] | None = None) -> float:
        """The volume between the Pareto set and a reference point, exact; more is better.

        Parameters
        ----------
        reference : one value per metric, in its own direction and unit, no better than what is to count; by
            default the worst value seen of each metric.

        Raises
        ------
        InvalidInput : not one value per metric.
        """
        done = self.losses[~np.isnan(self.losses[:, 0])]
        if reference is None:
            return hypervolume(done, done.max(axis=0)) if len(done) else 0.0
        if len(reference) != len(self.metrics):
            names = ", ".join(m.name for m in self.metrics)
            raise InvalidInput(
                f"a reference point has one value per metric ({names}), got {len(reference)}: {list(reference)!r}."
            )
        return hypervolume(done, np.array([m.loss(v) for m, v in zip(self.metrics, reference, strict=True)]))

    # -- growing -------------------------------------------------------------------------------------

    def extend(self, events: Iterable[Event]) -> None:
        """Fold further events, in the order of the log."""
        with without_collection():
            fresh = self._replay(events)
        if fresh:
            rows = self.problem.encoding.encode([self._trials[i].config for i in fresh])
            self._X.put(slice(fresh[0], fresh[-1] + 1), rows)
            self._keys.update(self.problem.encoding.keys(rows))

    def _replay(self, events: Iterable[Event]) -> list[int]:
        """Fold events into the records and all columns but X; the numbers of the trials that are new, in a row."""
        fresh: list[int] = []
        try:
            for event in events:
                new = False
                if event.number == len(self._trials) and isinstance(event, _FIRST):
                    new = True
                    self._admit(event)
                    self._version += 1
                    fresh.append(event.number)
                changed = self._fold(event)
                self._version += changed
                self._stirred += changed and not new and not isinstance(event, Finished)
                if len(self._drafts) >= _DRAFTS:
                    self._settle()
        finally:
            self._settle()
        return fresh

    def _admit(self, event: Queued | Started) -> None:
        number = event.number
        self._trials.append(_UNBORN)
        self._drafts[number] = {
            "number": number,
            "config": dict(event.config),
            "queued": event.time,
            "origin": event.origin,
            "why": dict(event.why),
            "state": State.WAITING,
            "attempt": 0,
            "measurements": (),
        }
        if number >= len(self._status):
            self._status = np.concatenate([self._status, np.zeros(max(64, number + 1), dtype=np.int8)])
        self._X.reserve(number + 1)
        self._losses.reserve(number + 1)
        self._waiting[number] = None
        self._origins[event.origin] += 1
        self._counts[State.WAITING] += 1

    def _draft(self, number: int) -> dict[str, Any]:
        """The fields of a trial while events change them: records are frozen, and made once for many events."""
        draft = self._drafts.get(number)
        if draft is None:
            draft = self._drafts[number] = dict(zip(_FIELDS, _VALUES(self._trials[number]), strict=True))
        return draft

    def _settle(self) -> None:
        for number, draft in self._drafts.items():
            self._trials[number] = Trial(**draft)
        self._drafts.clear()

    def _fold(self, event: Event) -> bool:
        """Apply one event; False when it says nothing new."""
        if not 0 <= event.number < len(self._trials):
            raise HypersondeError(f"the log speaks of trial {event.number} before it was chosen; it is damaged.")
        draft = self._draft(event.number)
        state, attempt = draft["state"], draft["attempt"]
        match event:
            case Queued():
                return False
            case Started():
                if state is not State.WAITING or event.attempt <= attempt:
                    return False
                self._running[event.number] = event.owner
                self._move(draft, State.RUNNING, started=event.time, attempt=event.attempt, measurements=())
            case Reported():
                if state is not State.RUNNING or event.attempt != attempt:
                    return False
                if any(m.step == event.step for m in reversed(draft["measurements"])):
                    return False
                made = Measurement(event.step, event.value)
                self._move(draft, State.RUNNING, measurements=(*draft["measurements"], made))
            case Released():
                if state is not State.RUNNING or event.attempt != attempt:
                    return False
                self._move(draft, State.WAITING, failure=event.failure, started=None)
            case Finished():
                return self._finish(draft, event)
        return True

    def _finish(self, draft: dict[str, Any], event: Finished) -> bool:
        if draft["state"] >= State.COMPLETE or event.attempt < draft["attempt"]:
            return False
        self._move(
            draft,
            event.state,
            values=event.values,
            metrics=event.metrics,
            failure=event.failure,
            finished=event.time,
            worker=event.worker,
        )
        if self._finished == len(self._order):
            self._order = np.concatenate([self._order, np.zeros(max(64, self._finished), dtype=np.int64)])
        self._order[self._finished] = event.number
        self._finished += 1
        if event.state is State.COMPLETE:
            losses = [m.loss(v) for m, v in zip(self.metrics, event.values, strict=True)]
            self._losses.put(event.number, losses)
        return True

    def _move(self, draft: dict[str, Any], state: State, **changes: Any) -> None:
        number = draft["number"]
        self._counts[draft["state"]] -= 1
        self._counts[state] += 1
        if state is not State.RUNNING:
            self._running.strike(number)
        if state is State.WAITING:
            self._waiting[number] = None
        else:
            self._waiting.strike(number)
        self._status[number] = state
        draft.update(changes, state=state)


def _parts(label: str) -> list[str]:
    """
    >>> _parts("0002-000017") == _parts("2-17")
    True
    """
    return [part.lstrip("0") or "0" for part in label.split("-")]


class _Growing:
    """Rows of a fixed width whose number grows in amortised constant time."""

    def __init__(self, blank: float, width: int) -> None:
        self._blank = blank
        self._rows = np.full((0, width), blank)

    def reserve(self, n: int) -> None:
        if n > len(self._rows):
            more = np.full((max(64, n), self._rows.shape[1]), self._blank)
            self._rows = np.concatenate([self._rows, more])

    def put(self, index: int | slice, rows: npt.ArrayLike) -> None:
        self._rows[index] = rows

    def row(self, i: int) -> Array:
        row: Array = self._rows[i]
        return row

    def rows(self, n: int) -> Array:
        return _frozen(self._rows[:n])


def _frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    view = array.view()
    view.flags.writeable = False
    return view
