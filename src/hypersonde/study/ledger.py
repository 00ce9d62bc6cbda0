"""The books of one study: every event goes to the storage first, then into the history."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from zlib import crc32

from hypersonde.failure import Failure
from hypersonde.storage import Storage
from hypersonde.trials import Event, History, Queued, Released, Started, State, Trial

Clock = Callable[[], float]
Observer = Callable[[History, Sequence[Event]], None]
"""Told of every batch of events after it was folded into the history."""

_BEAT = 15.0
_MOMENT, _LONGEST_MOMENT = 0.002, 0.5


class Ledger:
    """A storage and the history that is its fold, on behalf of one owner.

    Parameters
    ----------
    history : still empty; filled from the storage at once.
    storage : opened for the study.
    owner : the name under which trials are started here.
    observers : told of all events, their own process's and others'.
    scribe : told of the events that this owner has recorded.
    clock : Unix time in seconds.
    """

    def __init__(
        self,
        history: History,
        storage: Storage,
        owner: str,
        observers: Sequence[Observer] = (),
        scribe: Observer | None = None,
        clock: Clock = time.time,
    ) -> None:
        self.history = history
        self.owner = owner
        self.clock = clock
        self.stream = storage.stream
        self.own_stream = (*storage.stream, crc32(owner.encode()))
        self.label = storage.label
        self._storage = storage
        self._observers = list(observers)
        self._scribe = scribe
        self._last_beat = -_BEAT
        self._moment = _MOMENT
        self.sync()

    def watch(self, observer: Observer) -> Callable[[], None]:
        """Add an observer; call what is returned to take it away again."""
        self._observers.append(observer)
        return lambda: self._observers.remove(observer)

    def sync(self) -> None:
        """Fold what has been appended since, here and by other writers."""
        events = self._storage.read()
        if events:
            self.history.extend(events)
            for observer in self._observers:
                observer(self.history, events)

    def append(self, events: Sequence[Event]) -> None:
        """Record events of trials that this owner runs."""
        if events:
            self._storage.append(events)
            self._recorded(events)

    def queue(self, config: Mapping[str, Any], origin: str) -> Trial:
        """Record a configuration that waits for a worker."""
        (made,) = self._storage.create([Queued(-1, self.clock(), config, origin)])
        self._recorded([made])
        return self._trial(made.number)

    def start(self, drafts: Sequence[Started], limit: int | None = None, at: int | None = None) -> list[Trial]:
        """Record the start of new trials; fewer than asked for when `limit` numbers are used up.

        Parameters
        ----------
        at : the number of the first one: none starts when another search has it already, which is known then.
        """
        if not drafts:
            return []
        made = self._storage.create(drafts, limit, at)
        self._recorded(made)
        return [self._trial(event.number) for event in made]

    def restart(self, count: int, look: bool = True) -> list[Trial]:
        """Start up to `count` of the waiting trials, oldest first; each is won by one owner only.

        Parameters
        ----------
        look : whether to see first what others have done; without need where that was done a moment ago.
        """
        if look:
            self.sync()
        won: list[Started] = []
        for number in self.history.waiting:
            if len(won) == count:
                break
            trial = self._trial(number)
            event = Started(number, self.clock(), trial.config, trial.origin, trial.why, self.owner, trial.attempt + 1)
            if self._storage.claim(event):
                won.append(event)
        if won:
            self._recorded(won)
        return [self._trial(event.number) for event in won]

    def release_orphans(self) -> int:
        """Put running trials whose owner is gone back among the waiting; how many there were."""
        owners = {self.history.owner(n) for n in self.history.running} - {self.owner}
        gone = {owner for owner in owners if not self._storage.alive(owner)}
        orphans = [n for n in self.history.running if self.history.owner(n) in gone]
        failure = Failure("Interrupted", "the search that ran it is gone", retry=True)
        self.append([Released(n, self.clock(), failure, self._trial(n).attempt) for n in orphans])
        return len(orphans)

    def beat(self) -> None:
        """Say now and then that this owner is alive, and look for those that are not."""
        now = self.clock()
        if now - self._last_beat >= _BEAT:
            self._last_beat = now
            self._storage.heartbeat(self.owner)
            self.sync()
            self.release_orphans()

    def retire(self) -> None:
        """This owner runs nothing any more; what others did until then is folded."""
        self._storage.retire(self.owner)
        self.sync()

    def mine(self) -> list[Trial]:
        """The running trials of this owner."""
        return [self._trial(n) for n in self.history.running if self.history.owner(n) == self.owner]

    def elsewhere(self) -> int:
        """How many trials run in the hands of others."""
        return sum(self.history.owner(n) != self.owner for n in self.history.running)

    def wait(self) -> None:
        """Give others a moment, then look at what they did, and whether they are alive.

        The moment is the longer, the more often in a row there was no news.
        """
        time.sleep(self._moment)
        before = self.history.version
        self.sync()
        self._moment = _MOMENT if self.history.version != before else min(2 * self._moment, _LONGEST_MOMENT)
        self.release_orphans()

    def unfinished(self) -> int:
        """How many trials are waiting or running."""
        return self.history.count(State.WAITING, State.RUNNING)

    def _recorded(self, events: Sequence[Event]) -> None:
        """Fold what was just written, with whatever else there is; then it is told."""
        self.sync()
        if self._scribe is not None:
            self._scribe(self.history, events)

    def _trial(self, number: int) -> Trial:
        trial: Trial = self.history[number]
        return trial
