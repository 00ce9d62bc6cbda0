"""The frozen record of one evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from hypersonde.failure import Failure


class State(IntEnum):
    """Where a trial stands. An integer, so that `History.status` is an array that compares with it."""

    WAITING = 0
    """Chosen but not running: queued by the user, or interrupted and to be run again."""
    RUNNING = 1
    COMPLETE = 2
    """Finished with a value."""
    PRUNED = 3
    """Stopped early because a pruner saw no hope; has measurements but no value."""
    FAILED = 4
    """Finished without a value: `Trial.failure` says why."""
    CANCELLED = 5
    """Given up by the user."""

    @property
    def final(self) -> bool:
        """Whether nothing more can happen to the trial."""
        return self >= State.COMPLETE

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Measurement:
    """One value of the first metric, reported while a trial ran."""

    step: int
    value: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One evaluation of one configuration.

    Attributes
    ----------
    number : 0, 1, 2 ... in the order in which configurations were chosen; allotted by the storage.
    config : the parameters' values, active ones only.
    state : see `State`.
    values : one per metric of the study, in its order, when COMPLETE; empty otherwise.
    metrics : whatever else the run function returned by name.
    measurements : what it reported on the way, in order of arrival.
    failure : why there is no value.
    queued, started, finished : Unix times in seconds, None while it has not happened.
    worker : where it ran.
    origin : who chose it: a sampler's name, ``starting point``, ``queued``, ``told``.
    why : what the sampler says of its choice (predicted value, deviation ...).
    attempt : 1 for the first run; more after a worker was lost or the search was interrupted.
    """

    number: int
    config: Mapping[str, Any]
    state: State = State.WAITING
    values: tuple[float, ...] = ()
    metrics: Mapping[str, Any] = field(default_factory=dict)
    measurements: tuple[Measurement, ...] = ()
    failure: Failure | None = None
    queued: float | None = None
    started: float | None = None
    finished: float | None = None
    worker: str = ""
    origin: str = ""
    why: Mapping[str, Any] = field(default_factory=dict)
    attempt: int = 0

    @property
    def value(self) -> float | None:
        """The first metric's value, or None when there is none."""
        return self.values[0] if self.values else None

    @property
    def seconds(self) -> float | None:
        """Wall time of the run, None before its end."""
        if self.started is None or self.finished is None:
            return None
        return self.finished - self.started
