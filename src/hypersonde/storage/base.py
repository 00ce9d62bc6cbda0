"""The contract of a storage: a durable log of events with several writers, and nothing else."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from hypersonde.trials import Event, Queued, Started


@dataclass(frozen=True, slots=True)
class Header:
    """What a study is, written once when it is created.

    Attributes
    ----------
    name : of the study, unique within one storage.
    settings : plain JSON values: the space described, the metrics, the seed, the version that made it.
    """

    name: str
    settings: Mapping[str, Any]


class Storage(ABC):
    """The log of one study. What `append`, `create` and `claim` have returned from survives any kill.

    Every writer names itself with an `owner`, a string unique to the process and its start, and sends a
    heartbeat now and then; an owner that is provably dead, or silent for longer than its lease, holds
    nothing any more.

    Errors of the disk, the file or the server are one `StorageError` that names the place and the way out;
    what was appended before stays.
    """

    stream: tuple[int, ...] = ()
    """With the seed and a trial's number, all randomness of a suggestion; for writers that number alike."""

    desk: str = ""
    """The folder in a study's directory that is this writer's own; none for one that keeps the study's files."""

    def label(self, number: int) -> str:
        """What a trial is called, by its number here: the same in every run, for every writer and reader."""
        return str(number)

    @abstractmethod
    def studies(self) -> list[Header]:
        """The headers of all studies in this storage, by name; may be called before `open`."""

    @abstractmethod
    def open(self, header: Header) -> Header:
        """Create the study with `header`, or return the header of the one that exists under its name.

        Whichever study was open before is left; the next `read` starts at the beginning of the log.
        """

    @abstractmethod
    def read(self) -> list[Event]:
        """The events appended by anyone since the last `read` of this object, in the one order of the log."""

    @abstractmethod
    def create(
        self, drafts: Sequence[Queued | Started], limit: int | None = None, at: int | None = None
    ) -> list[Queued | Started]:
        """Allot numbers to `drafts` (their own are ignored), append them atomically, return them numbered.

        With a `limit`, only numbers below it are allotted: fewer than asked for, perhaps none, come back.

        Parameters
        ----------
        at : the number that the first one is to get, as far as the caller has read the log: drafts that were made
            without knowing what another writer has created meanwhile come into being nowhere. Writers that have a
            `stream` each need not heed it.
        """

    @abstractmethod
    def claim(self, event: Started) -> bool:
        """Append the start of a trial that exists; False when another writer started this attempt first."""

    @abstractmethod
    def append(self, events: Sequence[Event]) -> None:
        """Append events of trials that the caller owns, atomically.

        What has happened already is left out: a second end of a trial, a second start of an attempt.
        """

    @abstractmethod
    def heartbeat(self, owner: str) -> None:
        """Say that `owner` is alive."""

    @abstractmethod
    def alive(self, owner: str) -> bool:
        """Whether `owner` still holds its trials: it has not closed, is not known dead, and its lease runs."""

    @abstractmethod
    def retire(self, owner: str) -> None:
        """Say that `owner` holds nothing any more."""

    @abstractmethod
    def close(self) -> None:
        """Release files and connections; may be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
