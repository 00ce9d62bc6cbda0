"""The log of a search that several ranks run together without a manager: each writes its own, and tells the others."""

from __future__ import annotations

import heapq
import json
import logging
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack

from hypersonde.errors import HypersondeError, StorageError, StudyConflict
from hypersonde.storage.base import Header, Storage
from hypersonde.storage.births import births
from hypersonde.storage.codec import plain
from hypersonde.storage.fold import Fold
from hypersonde.storage.homes import Homes
from hypersonde.storage.lots import Lots
from hypersonde.storage.names import Names
from hypersonde.storage.post import Post
from hypersonde.storage.transport import Bereaved, Transport
from hypersonde.storage.wire import Sent
from hypersonde.trials import Event, Queued, Started

__all__ = ["ReplicatedStorage"]

_KEPT = 256
"""Writes after which the logs forget what nobody reads from them."""

_NO_TIME, _QUICK = 0.005, 8
"""Seconds from a start to its end that are no time, and how many such evaluations in a row there have to be."""

_log = logging.getLogger(__name__)

_MOMENT, _PAUSE = 0.0005, 0.02
"""Shortest and longest wait between two looks for messages at the end of a search, seconds."""


class ReplicatedStorage(Storage):
    """One rank's side of a study of which every rank has all events, soon.

    A trial belongs to the log of one rank, under the number that it has there. What happens to it is written to that
    log first, then told to the other ranks; here all trials are numbered in the order in which this rank heard of them.
    An event that speaks of trials that are still unknown here waits for them. At the start all logs that are there are
    read; those of ranks that are no more are each continued by one of the present ones. So no event is in two logs, and
    nothing is lost or counted twice, whatever number of ranks goes on.

    All ranks together create no more trials than a `limit` allows: they draw from one counter.

    Parameters
    ----------
    homes : where the logs of the ranks are.
    transport : messages to the other ranks; `open` and `retire` wait for all of them, nothing else does.
    """

    def __init__(self, homes: Homes, transport: Transport) -> None:
        self.transport = transport
        self.stream = () if transport.size == 1 else (transport.rank,)
        self.desk = "" if transport.rank == 0 else f"rank-{transport.rank:04d}"
        self._homes = homes
        self._own: Storage | None = None
        self._ready = False
        self._mine: dict[int, Storage] = {}
        self._lots = Lots(transport)
        self._names = Names()
        self._fold = Fold()
        self._unread: list[Event] = []
        self._began = False
        self._writes = 0
        self._since, self._quick = 0.0, 0
        self._post = Post(transport)
        self._early: list[Sent] = []
        self._header: Header | None = None
        self._buried: set[int] = set()

    @property
    def rank(self) -> int:
        """Which of the ranks this is."""
        return self.transport.rank

    def label(self, number: int) -> str:
        log, there = self._names.identity(number)
        return f"{log:04d}-{there:06d}"

    # -- opening -------------------------------------------------------------------------------------

    def studies(self) -> list[Header]:
        return self._home().studies()

    def open(self, header: Header) -> Header:
        """Create or resume the study, on all ranks together: what rank 0 says it is.

        Raises
        ------
        StudyConflict : the ranks of another search have these logs; on all ranks.
        """
        try:
            return self._open(header)
        except (Bereaved, StudyConflict):
            raise  # the others hear of it, too
        except Exception as error:
            if self.transport.size > 1:
                _log.error("error: rank %d: %s", self.rank, error)
                self.transport.give_up(2 if isinstance(error, HypersondeError | OSError) else 1)
            raise

    def _open(self, header: Header) -> Header:
        if self.transport.size > 1:
            self._have_alone()
        before = self._homes.existing() if self.rank == 0 else []
        if self.rank == 0:
            header = self._home().open(header)
        said = json.loads(self.transport.share(json.dumps([header.name, header.settings, before])))
        header = Header(said[0], said[1])
        self._names, self._fold, self._unread = Names(), Fold(), []
        self._ready, self._header = True, header
        with ExitStack() as readers:
            logs = [[Sent(log, e) for e in self._opened(log, header, readers).read()] for log in said[2]]
            self._learn(heapq.merge(*logs, key=lambda sent: sent.event.time), late=True)
        if self.rank not in self._mine:
            self._mine[self.rank] = self._home()
            self._home().open(header)
        if said[2]:  # nobody writes while another one reads; where nothing was before, the counter is at its beginning
            self.transport.begin(len(self._names))
        return header

    def _have_alone(self) -> None:
        """Nobody else writes to these logs: rank 0 makes sure, and what it found is heard by all."""
        place = self.transport.share(self._homes.take(first=True) if self.rank == 0 else "")
        if place:
            raise StudyConflict(
                f"another search runs on ranks in {place}. Wait for its end, or choose another directory (--log-dir)."
            )
        if self.rank:
            self._homes.take(first=False)

    def _home(self) -> Storage:
        if self._own is None:
            self._own = self._homes.open(self.rank)
        return self._own

    def _opened(self, log: int, header: Header, readers: ExitStack) -> Storage:
        """The log of a rank, at its beginning: one that is continued here stays open."""
        if log % self.transport.size != self.rank:
            storage = readers.enter_context(self._homes.open(log))
        else:
            storage = self._home() if log == self.rank else self._mine.get(log) or self._homes.open(log)
            self._mine[log] = storage
        storage.open(header)
        return storage

    # -- the contract --------------------------------------------------------------------------------

    def read(self) -> list[Event]:
        """The events since the last call, and what others say; right after a start of this rank only its own.

        Others hear of a start at once; where evaluations are over in no time, together with its end.
        """
        self._check_open()
        if not self._began or self._quick < _QUICK:
            self._post.flush()
        if not self._began:
            self._hear()
        self._began = False
        unread, self._unread = self._unread, []
        return unread

    def create(
        self, drafts: Sequence[Queued | Started], limit: int | None = None, at: int | None = None
    ) -> list[Queued | Started]:
        self._check_open()
        if not self.stream and at not in (None, len(self._names)):
            return []
        left = 0 if limit is None else limit - len(self._names)
        drawn = self._lots.draw(len(drafts), limit, left) if drafts else 0
        named = [self._names.outward(draft, -1) for draft in drafts[:drawn]]
        born = self._written(self.rank).create(named)
        self._post.tell([Sent(self.rank, event) for event in born])
        here = [self._names.inward(event, self._names.add(self.rank, event.number)) for event in born]
        self._take(here)
        self._began, self._since = True, time.monotonic()
        return here

    def claim(self, event: Started) -> bool:
        self._name_new([event])
        log, there = self._names.identity(event.number)
        if log not in self._mine:
            return False
        outward = self._names.outward(event, there)
        won = self._written(log).claim(outward)
        if won:
            self._post.tell([Sent(log, outward)])
            self._take([plain(event)])
            self._began = True
        return won

    def append(self, events: Sequence[Event]) -> None:
        """Append events of trials in the logs that this rank continues, or new ones; others are not its business."""
        self._name_new(events)
        self._quick = self._quick + 1 if time.monotonic() - self._since < _NO_TIME else 0
        by_log: dict[int, list[Event]] = {}
        mine: list[Event] = []
        for event in map(plain, events):
            log, there = self._names.identity(event.number)
            if log in self._mine:
                by_log.setdefault(log, []).append(self._names.outward(event, there))
                mine.append(event)
        for log, group in by_log.items():
            self._written(log).append(group)
            self._post.tell([Sent(log, event) for event in group])
        self._take(mine)

    def heartbeat(self, owner: str) -> None:
        self._home().heartbeat(owner)

    def alive(self, owner: str) -> bool:
        """Whether `owner` is one of the present ranks, or holds its trials as the logs have it that continue here."""
        if (rank := self._post.rank_of(owner)) is not None:
            return rank not in self.transport.lost
        return any(s.alive(owner) for s in (self._home(), *self._mine.values()))

    def retire(self, owner: str) -> None:
        """End the search of this rank, and wait for the others to end theirs: nothing that they tell is missed."""
        self._home().retire(owner)
        self._lots.give_back()
        self._post.say_done()
        pause = _MOMENT
        while not self._post.all_done():
            pause = _MOMENT if self._hear() else min(2 * pause, _PAUSE)
            time.sleep(pause)
        self._learn(self._early, late=True)
        self._early = []

    def close(self) -> None:
        self.transport.close()
        for storage in {id(s): s for s in (*self._mine.values(), self._own) if s is not None}.values():
            storage.close()
        self._homes.release()

    def _written(self, log: int) -> Storage:
        """A log to write to. What it gives to read is known here already, and need not be kept there for long."""
        self._writes += 1
        if self._writes % _KEPT == 0:
            for storage in self._mine.values():
                storage.read()
        return self._mine[log]

    def _take(self, events: Sequence[Event]) -> None:
        """Events with their numbers here, for the next `read`."""
        self._unread += self._fold.extend(events)

    def _check_open(self) -> None:
        if not self._ready:
            raise StorageError("no study is open in this storage. Call `open` first.")

    def _name_new(self, events: Sequence[Event]) -> None:
        """Trials that come into being in `events`, with numbers already, belong to the log of this rank."""
        self._check_open()
        for event, begins in zip(events, births(events, len(self._names)), strict=True):
            if begins and event.number == len(self._names):
                self._names.add(self.rank, self._names.next(self.rank))
                self.transport.draw(1, None)

    # -- hearing -------------------------------------------------------------------------------------

    def _inherit(self) -> None:
        """Continue the logs of ranks that have died, if this is the first one that lives; the others hear of them."""
        self._buried = set(self.transport.lost)
        if self._header is None or self.rank != min(self._post.living()):
            return
        for log in self._homes.existing():
            if log % self.transport.size in self._buried and log not in self._mine:
                _log.warning("rank %d is gone; its log is continued here", log % self.transport.size)
                self._mine[log] = storage = self._homes.open(log)
                storage.open(self._header)
                left = [Sent(log, event) for event in storage.read()]
                self._post.tell(left)
                self._learn(left, late=True)

    def _hear(self) -> bool:
        """Take in what others say; whether they said anything."""
        said = self._post.hear()
        heard = self._early + (said or [])
        if self._buried != self.transport.lost:
            self._inherit()
        while len(rest := self._learn(heard)) < len(heard):
            heard = rest
        self._early = rest
        return said is not None

    def _learn(self, heard: Iterable[Sent], late: bool = False) -> list[Sent]:
        """Take events in; those that speak of trials which are unknown still come back, unless it is too `late`."""
        early: list[Sent] = []
        here: list[Event] = []
        for sent in heard:
            log, event = sent
            number = self._names.number(log, event.number)
            if number is None:
                if not isinstance(event, Queued | Started) or not (late or self._names.complete(event.why)):
                    early.append(sent)
                    continue
                number = self._names.add(log, event.number)
            here.append(self._names.inward(event, number))
        self._take(here)
        return early
