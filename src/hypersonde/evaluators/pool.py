"""Worker processes on this machine under one roof: jobs in, packed messages out."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypersonde.evaluators.base import Ended, Message, Report
from hypersonde.evaluators.outcome import cancelled, time_limit
from hypersonde.evaluators.packing import Job
from hypersonde.evaluators.remote import Remote, kill
from hypersonde.evaluators.resources import Slot
from hypersonde.evaluators.streams import remove_if_empty
from hypersonde.evaluators.switchboard import Ready, Switchboard
from hypersonde.failure import Failure

GRACE = 1.0
"""Seconds that an idle worker is given to end by itself."""


class WorkerPool:
    """Starts worker processes when jobs need them, reuses them, and kills them when they have to end.

    What it knows of a job are bytes; the values of its `Report` and `Ended` messages are bytes too.

    Parameters
    ----------
    slots : one per worker, with the GPU ids that are its own.
    environment : of the workers, whole.
    fresh : a new process for every job.
    """

    def __init__(self, slots: Sequence[Slot], environment: Mapping[str, str], *, fresh: bool = False) -> None:
        self._free = list(slots)[::-1]
        self._workers = len(self._free)
        self._fresh = fresh
        self._environment = environment
        self._idle: list[Remote] = []
        self._retiring: set[Remote] = set()
        self._running: dict[int, Remote] = {}
        self._backlog: OrderedDict[int, Job] = OrderedDict()
        self._inbox: list[Message] = []
        self._switchboard: Switchboard[Remote] = Switchboard()
        self._closed = False

    @property
    def capacity(self) -> int:
        """The number of workers."""
        return 0 if self._closed else self._workers

    @property
    def closed(self) -> bool:
        """Whether nothing can be put in any more."""
        return self._closed

    def put(self, job: Job) -> None:
        """Start the job on a free worker, or queue it until there is one."""
        self._backlog[job.key] = job
        self._dispatch()

    def gather(self, timeout: float | None = None) -> list[Message]:
        """Wait for news from the workers, and return all there is; see `Evaluator.collect`."""
        until = None if timeout is None else time.monotonic() + timeout
        woken = False
        while not (self._closed or woken):
            waiting = not self._inbox and bool(self._running or self._backlog)
            woken = self._attend(self._patience(until) if waiting else 0.0)
            if not waiting or self._inbox or (until is not None and time.monotonic() >= until):
                break
        news, self._inbox = self._inbox, []
        return news

    def fileno(self) -> int:
        """A descriptor that is readable when some worker, or the bell, has something to say."""
        return self._switchboard.fileno()

    def patience(self) -> float | None:
        """Seconds until a worker has to be killed; None for never."""
        return self._patience(None)

    def wake(self) -> None:
        """Make a waiting or the next `collect` return at once."""
        self._switchboard.ring()

    def stop(self, key: int) -> None:
        """Ask a task to wind up; one that waits for a worker will know from its first moment."""
        if key in self._backlog:
            self._backlog[key].stopped = True
        elif key in self._running:
            self._running[key].stop()

    def cancel(self, key: int) -> None:
        """Take the task out of the queue, or kill it with its worker and all descendants."""
        if key in self._backlog:
            del self._backlog[key]
            self._inbox.append(Ended(key, failure=cancelled("before it started")))
        elif key in self._running:
            self._discard(self._running[key], cancelled())
            self._dispatch()

    def close(self) -> None:
        """Kill what runs, let idle workers end, and leave nothing behind; `collect` still has the last news."""
        if self._closed:
            return
        for key in list(self._backlog):
            self.cancel(key)
        self._closed = True
        busy, leaving = list(self._running.values()), [*self._idle, *self._retiring]
        kill(busy)
        for remote in busy:
            self._forget(remote, cancelled())
        deadline = time.monotonic() + GRACE
        for remote in leaving:
            remote.dismiss(deadline)
        for remote in leaving:
            remote.wait(deadline - time.monotonic())
        kill(leaving)
        for remote in leaving:
            remote.bury()
        self._switchboard.close()

    def _dispatch(self) -> None:
        """Give queued jobs to idle workers, and to new ones while there are slots."""
        while self._backlog and (self._idle or self._free):
            key, job = self._backlog.popitem(last=False)
            try:
                remote = self._idle.pop() if self._idle else self._recruit()
            except OSError as error:
                self._do_without(job, error)
                return
            if remote.start(job):
                self._running[key] = remote
                self._switchboard.mind(remote)
            else:  # it died while idle: the job has not begun and goes on with another
                remote.job = None
                self._backlog[key] = job
                self._backlog.move_to_end(key, last=False)
                self._discard(remote)

    def _recruit(self) -> Remote:
        """A new worker.

        Raises
        ------
        OSError : the machine has no room for another process or its files.
        """
        slot = self._free[-1]
        visible = {"CUDA_VISIBLE_DEVICES": ",".join(slot)} if slot else {}
        remote = Remote(slot, {**self._environment, **visible})
        self._free.pop()
        self._switchboard.add(remote)
        return remote

    def _do_without(self, job: Job, error: OSError) -> None:
        """No worker can be added now: the job waits for one of those that there are, or fails without any."""
        if self._running or self._retiring:
            self._backlog[job.key] = job
            self._backlog.move_to_end(job.key, last=False)
        else:
            failure = Failure("WorkerLost", f"no worker process can be started: {error}", retry=True)
            self._end(job, "", b"", failure)

    def _patience(self, until: float | None) -> float | None:
        """Seconds until something has to be done even without news; None for never."""
        times = [r.deadline for r in (*self._running.values(), *self._retiring) if r.deadline is not None]
        if until is not None:
            times.append(until)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _attend(self, patience: float | None) -> bool:
        """Wait, read, write, enforce time limits, hand out work; True when `wake` was called."""
        woken, ready = self._switchboard.wait(patience)
        for each in ready:
            self._serve(each)
        self._enforce()
        self._dispatch()
        return woken

    def _serve(self, ready: Ready[Remote]) -> None:
        remote = ready.party
        if ready.writable:
            remote.flush()
            self._switchboard.mind(remote)
        if ready.readable:
            try:
                for message in remote.receive():
                    self._hear(remote, *message)
            except EOFError:
                self._discard(remote)

    def _hear(self, remote: Remote, verb: str, key: int | None = None, *rest: Any) -> None:
        """One message of a worker; what comes of an earlier task of its is too late to count."""
        remote.tied = remote.tied or verb == "tied"
        job = remote.job
        if job is None or job.key != key:
            return
        if verb == "began" and job.time_limit is not None:
            remote.doom(rest[0] + job.time_limit, time_limit(job.time_limit))
        elif verb == "report":
            self._inbox.append(Report(job.key, *rest))
        elif verb == "ended":
            self._release(remote)
            self._end(job, remote.name, *rest)

    def _end(self, job: Job, worker: str, packed: bytes, failure: Failure | None) -> None:
        """The final word about a job."""
        remove_if_empty(None if job.output is None else Path(job.output))
        self._inbox.append(Ended(job.key, packed if failure is None else None, failure, worker))

    def _release(self, remote: Remote) -> None:
        """Its job is done: keep it for the next, or let it go."""
        assert remote.job is not None
        del self._running[remote.job.key]
        remote.job = remote.deadline = None
        if self._fresh:
            remote.dismiss(time.monotonic() + GRACE)
            self._retiring.add(remote)
        else:
            self._idle.append(remote)

    def _enforce(self) -> None:
        """Kill what has passed its time."""
        now = time.monotonic()
        for remote in [*self._running.values(), *self._retiring]:
            if remote.deadline is not None and remote.deadline <= now:
                self._discard(remote, remote.verdict)

    def _discard(self, remote: Remote, failure: Failure | None = None) -> None:
        """End a worker, dead or alive; the job that it had ends with `failure`, or with how it died."""
        kill([remote])
        self._forget(remote, failure)

    def _forget(self, remote: Remote, failure: Failure | None) -> None:
        """What follows from the end of a worker."""
        self._switchboard.remove(remote)
        remote.bury()
        self._free.append(remote.slot)
        self._retiring.discard(remote)
        if remote in self._idle:
            self._idle.remove(remote)
        if remote.job is not None:
            del self._running[remote.job.key]
            self._end(remote.job, remote.name, b"", failure or remote.loss())
