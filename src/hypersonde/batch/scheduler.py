"""What a scheduler is asked for."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hypersonde.batch.run import Run


class State(StrEnum):
    """Where a job stands, by the scheduler's word."""

    QUEUED = "queued"
    RUNNING = "running"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the scheduler says about a job.

    Attributes
    ----------
    nodes : it runs on, as the scheduler writes them.
    reason : why it waits, or how it ended; empty when the scheduler does not say, or has forgotten the job.
    """

    state: State
    nodes: str = ""
    reason: str = ""


class Scheduler(ABC):
    """A batch queue. Nothing here needs accounting: who has forgotten a job calls it gone."""

    name: str

    @abstractmethod
    def submit(self, run: Run, script: Path) -> str:
        """Have the script run; the id of the job.

        Raises
        ------
        InvalidInput : the job is refused.
        """

    @abstractmethod
    def standings(self, jobs: Sequence[str]) -> dict[str, Standing]:
        """How jobs stand; every one has an entry.

        Raises
        ------
        InvalidInput : the scheduler does not answer.
        """

    @abstractmethod
    def cancel(self, job: str) -> None:
        """End a job; one that has ended already is no error."""

    @abstractmethod
    def preview(self, run: Run, script: Path) -> str:
        """What `submit` would hand over around the script; empty when that is nothing."""

    @property
    @abstractmethod
    def missing(self) -> str:
        """The program that it needs and that is not on this machine; empty when it can be used."""


def wait_until_gone(scheduler: Scheduler, jobs: Sequence[str], seconds: float) -> bool:
    """Whether all of some jobs have left the queue within so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        if all(s.state is State.GONE for s in scheduler.standings(jobs).values()):
            return True
        if time.monotonic() > deadline:
            return False
        time.sleep(0.5)
