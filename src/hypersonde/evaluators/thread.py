"""Threads of this process: no start-up cost and shared memory, for work that can be trusted."""

from __future__ import annotations

import logging
import os
import time
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Ended, Evaluator, Message, Report, Task
from hypersonde.evaluators.interrupt import Interruptible
from hypersonde.evaluators.names import worker_name
from hypersonde.evaluators.outcome import Outcome, attempt, cancelled, failure_of, time_limit
from hypersonde.evaluators.resources import checked_workers, refuse_resources
from hypersonde.evaluators.streams import Streams
from hypersonde.failure import Failure

_logger = logging.getLogger("hypersonde")

GRACE = 1.0
"""Seconds that interrupted work is given to end, when the evaluator is closed or no other thread is left."""

Post = SimpleQueue["tuple[Run, Message] | None"]
"""What threads say: a message of a run; None only makes the collector look at its clock."""


class Run:
    """One task on its way through a thread; to the work it is the `Channel`."""

    gpus: tuple[str, ...] = ()
    communicator = None

    def __init__(self, task: Task, inbox: Post, streams: Streams) -> None:
        self.task = task
        self.worker = ""
        self.stopped = False
        self.deadline: float | None = None
        self._inbox = inbox
        self._streams = streams
        self._work = Interruptible(self._attempt)

    def report(self, value: Any) -> None:
        """Send `value` to whoever collects."""
        self._inbox.put((self, Report(self.task.key, value)))

    def should_stop(self) -> bool:
        """True once it was asked for."""
        return self.stopped

    def perform(self, worker: str) -> None:
        """Do the work in this thread and say how it ended."""
        self.worker = worker
        if self.task.time_limit is not None:
            self.deadline = time.monotonic() + self.task.time_limit
            self._inbox.put(None)
        value, failure = self._work.run() or (None, cancelled())
        self._inbox.put((self, Ended(self.task.key, value, failure, worker)))

    def interrupt(self) -> None:
        """Have the work end as soon as Python lets it, or not begin."""
        self._work.interrupt()

    def _attempt(self) -> Outcome:
        try:
            with self._streams.to(self.task.output):
                return attempt(self.task.call, self.task.argument, self)
        except OSError as error:
            return None, failure_of(error)


class ThreadEvaluator(Evaluator):
    """Runs tasks in threads of this process.

    A thread cannot be killed. At a time limit or a `cancel` the task ends at once for whoever collects, and
    an exception is raised inside the work, which ends Python code soon but reaches a blocking call
    (``time.sleep``, C code, a child process) only when that returns. Until then its thread is lost, and
    `capacity` says so; when all are, a warning is logged. Work that crashes the interpreter takes everything with it.

    From when it is built until `close`, ``sys.stdout`` and ``sys.stderr`` are routed by thread; what C code
    and child processes print is not caught.

    Parameters
    ----------
    workers : number of threads; None for one per core.

    Raises
    ------
    InvalidInput : fewer than one worker.
    """

    name: ClassVar[str] = "thread"
    in_threads: ClassVar[bool] = True

    def __init__(self, workers: int | None = None) -> None:
        self._workers = checked_workers(workers)
        self._threads: list[Thread] = []
        self._jobs: SimpleQueue[Run | None] = SimpleQueue()
        self._inbox: Post = SimpleQueue()
        self._active: dict[int, Run] = {}
        self._lost: set[Run] = set()
        self._news: list[Message] = []
        self._woken = False
        self._closed = False
        self._lost_at = 0.0
        self._complained = False
        self._streams = Streams()

    @property
    def capacity(self) -> int:
        """The number of threads that are not lost in work which has been given up."""
        return 0 if self._closed else self._workers - len(self._lost)

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def submit(self, task: Task) -> None:
        """Queue the task for the next free thread.

        Raises
        ------
        InvalidInput : the evaluator is closed, or the task names resources.
        """
        if self._closed:
            raise InvalidInput(f"the {self.name} evaluator is closed. Build a new one to go on.")
        refuse_resources(self.name, task.resources)
        run = Run(task, self._inbox, self._streams)
        self._active[task.key] = run
        if len(self._threads) < min(self._workers, len(self._active) + len(self._lost)):
            self._hire()
        self._jobs.put(run)

    def collect(self, timeout: float | None = None) -> list[Message]:
        """Wait for news from the threads, and return all there is; when all are lost, until one is back."""
        until = None if timeout is None else time.monotonic() + timeout
        self._read(0.0)
        while (self._active or self._all_lost) and not (self._news or self._woken):
            if until is not None and time.monotonic() >= until:
                break
            self._read(self._patience(until))
        self._woken = False
        news, self._news = self._news, []
        return news

    def wake(self) -> None:
        """Make a waiting or the next `collect` return at once."""
        self._woken = True
        self._inbox.put(None)

    def stop(self, key: int) -> None:
        """Ask a task to wind up."""
        if key in self._active:
            self._active[key].stopped = True

    def cancel(self, key: int) -> None:
        """End the task; work that does not let go keeps its thread, see the class."""
        if key in self._active:
            begun = self._active[key].worker
            self._abandon(key, cancelled() if begun else cancelled("before it started"))

    def close(self) -> None:
        """End everything that can be ended, and the threads with it; `collect` still has the last news."""
        if self._closed:
            return
        for key in list(self._active):
            self.cancel(key)
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        deadline = time.monotonic() + GRACE
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._streams.close()

    @property
    def _all_lost(self) -> bool:
        return len(self._lost) == self._workers and not self._closed

    @property
    def _worrying(self) -> bool:
        return self._all_lost and not self._complained

    def _hire(self) -> None:
        number = len(self._threads)
        name = worker_name(os.getpid(), number)
        thread = Thread(target=_serve, args=(self._jobs, name), name=f"evaluator-{number}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _patience(self, until: float | None) -> float | None:
        """Seconds until something has to be done even without news; None for never."""
        times = [run.deadline for run in self._active.values() if run.deadline is not None]
        if self._worrying:
            times.append(self._lost_at + GRACE)
        if until is not None:
            times.append(until)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _read(self, patience: float | None) -> None:
        """Take what the threads said, waiting for the first word; then enforce time limits."""
        try:
            self._hear(self._inbox.get(timeout=patience))
            while True:
                self._hear(self._inbox.get_nowait())
        except Empty:
            self._enforce()

    def _hear(self, word: tuple[Run, Message] | None) -> None:
        if word is None:
            return
        run, message = word
        ended = isinstance(message, Ended)
        if run in self._lost:
            self._lost -= {run} if ended else set()
        elif message.key in self._active:
            self._news.append(message)
            if ended:
                del self._active[message.key]

    def _enforce(self) -> None:
        now = time.monotonic()
        for key, run in list(self._active.items()):
            if run.deadline is not None and run.deadline <= now:
                self._abandon(key, time_limit(run.task.time_limit or 0.0))
        if self._worrying and now >= self._lost_at + GRACE:
            self._complained = True
            _logger.warning(
                "all threads (%d) are held by work that was ended and does not let go: nothing runs until one is back. "
                "Use ProcessEvaluator(), which kills, for work that blocks",
                self._workers,
            )

    def _abandon(self, key: int, failure: Failure) -> None:
        """The task ends here and now; its thread is lost until the work lets go."""
        run = self._active.pop(key)
        run.interrupt()
        self._lost.add(run)
        self._lost_at = time.monotonic()
        self._news.append(Ended(key, failure=failure, worker=run.worker))


def _serve(jobs: SimpleQueue[Run | None], name: str) -> None:
    """What a thread does: one run after the other, until there is None."""
    while (run := jobs.get()) is not None:
        run.perform(name)
