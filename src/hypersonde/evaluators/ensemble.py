"""Several MPI ranks that evaluate one configuration together, each in its own process."""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import socket
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Any

from hypersonde.evaluators.base import Ended, Message, Report
from hypersonde.evaluators.culprit import culprit
from hypersonde.evaluators.interrupt import Interruptible
from hypersonde.evaluators.names import worker_name
from hypersonde.evaluators.outcome import Outcome, attempt, cancelled, failure_of, time_limit
from hypersonde.evaluators.packing import Job, pack_object
from hypersonde.evaluators.streams import Streams

_PATIENCE = 30.0
"""Seconds for a run function to let go when the search is over."""


class Inbox:
    """Messages from other threads, and a descriptor that is readable while there are any."""

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self._ear.setblocking(False)

    def fileno(self) -> int:
        return self._ear.fileno()

    def put(self, message: Message) -> None:
        """From any thread."""
        self._messages.append(message)
        self.ring()

    def ring(self) -> None:
        """Make the current or the next `take` return."""
        with contextlib.suppress(OSError):  # full: it rings already
            self._bell.send(b"!")

    def take(self, timeout: float | None) -> list[Message]:
        """All there is, after waiting so many seconds at most for the bell."""
        select.select([self._ear], [], [], timeout)
        with contextlib.suppress(BlockingIOError):
            while self._ear.recv(4096):
                pass
        return [self._messages.popleft() for _ in range(len(self._messages))]


class _Member:
    """What the run function of one rank is handed: the `Channel`."""

    gpus: tuple[str, ...] = ()

    def __init__(self, job: Job, communicator: Any, inbox: Inbox | None) -> None:
        self.worker = worker_name(os.getpid())
        self.communicator = communicator
        self.stopped = job.stopped
        self._key = job.key
        self._inbox = inbox

    def report(self, value: Any) -> None:
        """Send `value` upwards, from the first rank of the group; the others' reports are not needed."""
        if self._inbox is not None:
            self._inbox.put(Report(self._key, pack_object(value)))

    def should_stop(self) -> bool:
        """Whether to wind up, the same on all ranks of the group: all of them have to ask."""
        self.stopped = bool(self.communicator.bcast(self.stopped, root=0))
        return self.stopped


class Ensemble:
    """The first rank's side: a pool of one place, whose jobs run on all ranks of the group.

    Parameters
    ----------
    communicator : of the group.
    """

    capacity = 1

    def __init__(self, communicator: Any) -> None:
        self._communicator = communicator
        self._inbox = Inbox()
        self._running: tuple[int, _Member, Interruptible[Outcome]] | None = None
        self._verdict: Any = None
        self.closed = False
        self._thread: threading.Thread | None = None

    def put(self, job: Job) -> None:
        """Run the job in a thread of its own."""
        self._thread = threading.Thread(target=self._perform, args=(job,), daemon=True)
        self._thread.start()

    def gather(self, timeout: float | None = None) -> list[Message]:
        """Wait for a word of the group, and return all there is."""
        return self._inbox.take(timeout)

    def fileno(self) -> int:
        """A descriptor that is readable when there is news."""
        return self._inbox.fileno()

    def patience(self) -> float | None:
        """Never: time limits have a timer of their own."""
        return None

    def wake(self) -> None:
        """Make a waiting or the next `gather` return."""
        self._inbox.ring()

    def stop(self, key: int) -> None:
        """Ask the group to wind up."""
        if self._running is not None and self._running[0] == key:
            self._running[1].stopped = True

    def cancel(self, key: int) -> None:
        """Interrupt the first rank between two bytecodes."""
        self._end(key, cancelled())

    def close(self) -> None:
        """Let the other ranks go."""
        if not self.closed:
            self.closed = True
            if self._running is not None:
                self.cancel(self._running[0])
            if self._thread is not None:
                self._thread.join(_PATIENCE)
                if self._thread.is_alive():
                    os._exit(1)  # it hangs inside C, perhaps waiting for another rank: no exception gets there
            self._communicator.bcast(None, root=0)

    def _end(self, key: int, verdict: Any) -> None:
        if self._running is not None and self._running[0] == key:
            self._verdict = verdict
            self._running[2].interrupt()

    def _perform(self, job: Job) -> None:
        self._communicator.bcast(job, root=0)
        member = _Member(job, self._communicator, self._inbox)
        work = Interruptible(lambda: _outcome(job, member))
        self._verdict, self._running = None, (job.key, member, work)
        timer = None
        if job.time_limit is not None:
            timer = threading.Timer(job.time_limit, self._end, (job.key, time_limit(job.time_limit)))
            timer.start()
        outcome = work.run()
        if timer is not None:
            timer.cancel()
        self._running = None
        value, failure = outcome or (None, self._verdict or cancelled())
        if failure is None:
            try:
                value = pack_object(value)
            except Exception as error:  # noqa: BLE001  pickling runs the user's code
                failure = failure_of(error, prefix=f"of what the work returned, {culprit(value)}, cannot be pickled: ")
        self._inbox.put(Ended(job.key, value if failure is None else None, failure, member.worker))


def follow(communicator: Any) -> None:
    """The other ranks' side: take part in every job, until there is none."""
    while (job := communicator.bcast(None, root=0)) is not None:
        _outcome(job, _Member(job, communicator, None))


def _outcome(job: Job, member: _Member) -> Outcome:
    sys.path[:] = job.call.path
    streams = Streams()
    try:
        with streams.to(None if job.output is None or member.communicator.rank else Path(job.output)):
            call, argument = pickle.loads(job.call.data), pickle.loads(job.argument)
            return attempt(call, argument, member)
    except Exception as error:  # noqa: BLE001  loading imports the user's modules
        return None, failure_of(error, prefix="the work cannot be loaded: ")
    finally:
        streams.close()
