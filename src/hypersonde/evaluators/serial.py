"""One task after the other, inside `collect`: for debuggers, profilers and the smallest searches."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Ear, Ended, Evaluator, Message, Report, Task
from hypersonde.evaluators.interrupt import Interruptible, alarm, timer
from hypersonde.evaluators.names import worker_name
from hypersonde.evaluators.outcome import Interrupt, Outcome, attempt, cancelled, failure_of, time_limit
from hypersonde.evaluators.resources import refuse_resources
from hypersonde.evaluators.streams import captured


class Run:
    """One task; to the work it is the `Channel`."""

    gpus: tuple[str, ...] = ()
    communicator = None

    def __init__(self, task: Task, inbox: list[Message], ear: Ear | None) -> None:
        self.task = task
        self.worker = worker_name(os.getpid())
        self.stopped = False
        self.timed_out = False
        self.trouble: BaseException | None = None
        self.work = Interruptible(self._attempt)
        self._inbox = inbox
        self._ear = ear
        self._thread = 0
        self._printed = captured(task.output)
        self._told = self._late = False

    def report(self, value: Any) -> None:
        """Hand `value` to who listens, if this is the thread of the work; else keep it for who collects, at the end."""
        self._inbox.append(Report(self.task.key, value))
        if self._ear is None or threading.get_ident() != self._thread:
            return
        with self.work.undisturbed(), self._printed.aside():
            self._tell(self._ear)
        if self._late or self.trouble is not None:
            raise Interrupt

    def _tell(self, ear: Ear) -> None:
        """Say what there is; no alarm rings meanwhile, and what goes wrong there is nothing for the work to handle."""
        self._told = True
        news = self._inbox.copy()
        self._inbox.clear()
        try:
            ear(news)
        except BaseException as error:  # noqa: BLE001  raised again by `collect`
            self.trouble = error
        finally:
            self._told = False

    def should_stop(self) -> bool:
        """True once it was asked for: before the work began, by a signal handler or by another thread."""
        return self.stopped

    def perform(self) -> Ended:
        """Do the work here and now."""
        try:
            if self.task.time_limit is None:
                outcome = self.work.run()
            else:
                with self._limited(self.task.time_limit):
                    outcome = self.work.run()
        except Interrupt:  # the alarm rang in the last instant
            outcome = None
        key, worker, limit = self.task.key, self.worker, self.task.time_limit
        if self.timed_out and limit is not None:
            return Ended(key, failure=time_limit(limit), worker=worker)
        if outcome is None or self.work.interrupted:
            return Ended(key, failure=cancelled(), worker=worker)
        return Ended(key, *outcome, worker=worker)

    @contextlib.contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        if threading.current_thread() is threading.main_thread():
            with alarm(seconds, self._ring_here):
                yield
        else:
            with timer(seconds, self._ring_there):
                yield

    def _ring_here(self) -> None:
        self.timed_out = True
        if self._told:
            self._late = True
        else:
            raise Interrupt

    def _ring_there(self) -> None:
        self.timed_out = True
        self.work.interrupt()

    def _attempt(self) -> Outcome:
        through = (Interrupt, KeyboardInterrupt)
        self._thread = threading.get_ident()
        try:
            with self._printed:
                return attempt(self.task.call, self.task.argument, self, through=through)
        except OSError as error:
            return None, failure_of(error)


class SerialEvaluator(Evaluator):
    """Runs each task inside `collect`, in the thread that calls it.

    Breakpoints, profilers and tracebacks work as in a plain loop. Who listens hears of a report before the work
    goes on; without anybody, reports arrive together with the end. The price: `wake` waits for the running task,
    and work that exits or crashes the interpreter takes everything with it. A time limit uses SIGALRM in the main
    thread, where it ends a ``time.sleep`` too; in any other thread it acts between two bytecodes. KeyboardInterrupt
    ends the running task as cancelled and goes on to the caller.
    """

    name: ClassVar[str] = "serial"

    def __init__(self) -> None:
        self._queue: OrderedDict[int, Run] = OrderedDict()
        self._running: Run | None = None
        self._inbox: list[Message] = []
        self._ear: Ear | None = None
        self._woken = False
        self._closed = False

    @property
    def capacity(self) -> int:
        """One."""
        return 0 if self._closed else 1

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def listen(self, ear: Ear) -> None:
        """Hand what tasks report that are submitted from now on to `ear` at once."""
        self._ear = ear

    def submit(self, task: Task) -> None:
        """Keep the task for a `collect` to come.

        Raises
        ------
        InvalidInput : the evaluator is closed, or the task names resources.
        """
        if self._closed:
            raise InvalidInput(f"the {self.name} evaluator is closed. Build a new one to go on.")
        refuse_resources(self.name, task.resources)
        self._queue[task.key] = Run(task, self._inbox, self._ear)

    def collect(self, timeout: float | None = None) -> list[Message]:
        """Run the next task to its end, however long that takes, and return what it said."""
        if self._queue and not (self._inbox or self._woken):
            self._run(self._queue.popitem(last=False)[1])
        self._woken = False
        news = self._inbox.copy()
        self._inbox.clear()
        return news

    def wake(self) -> None:
        """Make the next `collect` return without running anything."""
        self._woken = True

    def stop(self, key: int) -> None:
        """Ask a task to wind up."""
        run = self._find(key)
        if run is not None:
            run.stopped = True

    def cancel(self, key: int) -> None:
        """Take the task out of the queue; one that runs, seen from another thread, is interrupted."""
        if key in self._queue:
            del self._queue[key]
            self._inbox.append(Ended(key, failure=cancelled("before it started")))
        elif (run := self._find(key)) is not None:
            run.work.interrupt()

    def close(self) -> None:
        """Cancel what is queued; `collect` still has the last news."""
        for key in list(self._queue):
            self.cancel(key)
        self._closed = True

    def _find(self, key: int) -> Run | None:
        if self._running is not None and self._running.task.key == key:
            return self._running
        return self._queue.get(key)

    def _run(self, run: Run) -> None:
        self._running = run
        try:
            self._inbox.append(run.perform())
        except KeyboardInterrupt:
            self._inbox.append(Ended(run.task.key, failure=cancelled(), worker=run.worker))
            raise
        finally:
            self._running = None
        if run.trouble is not None:
            raise run.trouble
