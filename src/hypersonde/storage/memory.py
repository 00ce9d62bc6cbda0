"""The log in memory: for studies that need not outlive their process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from hypersonde.errors import StorageError
from hypersonde.storage.base import Header, Storage
from hypersonde.storage.codec import plain
from hypersonde.storage.fold import Fold
from hypersonde.storage.owners import LEASE, RETIRED, holds
from hypersonde.trials import Event, Queued, Started


class MemoryStorage(Storage):
    """The log of studies in this process; threads may share it.

    Parameters
    ----------
    lease : seconds after its last heartbeat for which an owner on another machine is taken to be alive.
    clock : Unix time in seconds.
    """

    def __init__(self, lease: float = LEASE, clock: Callable[[], float] = time.time) -> None:
        self._lease, self._clock = lease, clock
        self._lock = threading.RLock()
        self._logs: dict[str, _Log] = {}
        self._opened: _Log | None = None
        self._seen = 0
        self._heartbeats: dict[str, float] = {}

    def studies(self) -> list[Header]:
        return [self._logs[name].header for name in sorted(self._logs)]

    def open(self, header: Header) -> Header:
        with self._lock:
            self._opened = self._logs.setdefault(header.name, _Log(header))
            self._seen = 0
        return self._opened.header

    @property
    def _log(self) -> _Log:
        if self._opened is None:
            raise StorageError("no study is open in this storage. Call `open` first.")
        return self._opened

    def read(self) -> list[Event]:
        with self._lock:
            fresh = self._log.events[self._seen :]
            self._seen += len(fresh)
        return fresh

    def create(
        self, drafts: Sequence[Queued | Started], limit: int | None = None, at: int | None = None
    ) -> list[Queued | Started]:
        with self._lock:
            born = self._log.fold.numbered(drafts, limit, at)
            self._log.extend(born)
        return born

    def claim(self, event: Started) -> bool:
        with self._lock:
            return self._log.extend([event]) == 1

    def append(self, events: Sequence[Event]) -> None:
        with self._lock:
            self._log.extend(events)

    def heartbeat(self, owner: str) -> None:
        self._heartbeats[owner] = self._clock()

    def alive(self, owner: str) -> bool:
        return holds(owner, self._heartbeats.get(owner), self._clock(), self._lease)

    def retire(self, owner: str) -> None:
        self._heartbeats[owner] = RETIRED

    def close(self) -> None:
        """Nothing to release; the log stays for whoever opens it again."""


class _Log:
    """The events of one study."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.events: list[Event] = []
        self.fold = Fold()

    def extend(self, events: Sequence[Event]) -> int:
        """Append the events that say something new, or nothing when one of them is wrong; how many that were."""
        fresh = self.fold.extend([plain(event) for event in events])
        self.events += fresh
        return len(fresh)
