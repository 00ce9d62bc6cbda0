"""The worker process: takes calls from its manager, runs them one after the other, and dies with it."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import select
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from hypersonde.evaluators.base import Call
from hypersonde.evaluators.culprit import culprit
from hypersonde.evaluators.descriptors import redirected
from hypersonde.evaluators.framing import CHUNK, Framing
from hypersonde.evaluators.lifeline import abandon, descriptor_of, tie_thread_to_manager, tie_to_manager
from hypersonde.evaluators.names import worker_name
from hypersonde.evaluators.outcome import attempt, failure_of
from hypersonde.evaluators.packing import pack_object
from hypersonde.failure import Failure


class Job:
    """A task on its way through the worker; to the work it is the `Channel`."""

    communicator = None

    def __init__(
        self, worker: Worker, key: int, argument: bytes, output: str | None, timed: bool, stopped: bool
    ) -> None:
        self.key = key
        self.argument = argument
        self.output = output
        self.timed = timed
        self._stopped = stopped
        self._worker = worker

    @property
    def worker(self) -> str:
        """Name of the worker."""
        return self._worker.name

    @property
    def gpus(self) -> tuple[str, ...]:
        """Ids of the GPUs that belong to the worker."""
        return self._worker.gpus

    def report(self, value: Any) -> None:
        """Send `value` to the manager at once."""
        self._worker.send("report", self.key, pack_object(value))

    def should_stop(self) -> bool:
        """True once the manager asked for it."""
        return self._stopped or self.key in self._worker.stops


class Worker:
    """Serves one manager over two sockets: the main thread reads jobs and works, a thread listens meanwhile.

    A job costs no switch between threads: the listener hears only what cannot wait for the work to end.

    Parameters
    ----------
    link : connected to the manager: jobs come, and everything that is said goes.
    line : connected to the manager, too: requests to wind up come.
    manager : process id of the manager.
    gpus : ids that belong to this worker.

    Attributes
    ----------
    stops : keys of jobs that were asked to wind up.
    """

    def __init__(self, link: socket.socket, line: socket.socket, manager: int, gpus: tuple[str, ...]) -> None:
        self.name = worker_name(os.getpid())
        self.gpus = gpus
        self.stops: set[int] = set()
        self._link = link
        self._line = line
        self._manager = manager
        self._framing = Framing()
        self._sending = threading.Lock()
        self._packed_call = b""
        self._call: Call | None = None
        self._home = os.getcwd()

    def serve(self) -> None:
        """Work until the manager says that it is enough."""
        pid = os.getpid()
        listener = threading.Thread(target=self._listen, name="manager", daemon=True)
        listener.start()
        with contextlib.suppress(OSError):  # the manager is gone
            for verb, *rest in self._orders():
                if verb == "exit":
                    return
                if verb == "call":
                    sys.path[:], self._packed_call = rest
                    self._call = None
                    continue
                job = Job(self, *rest)
                value, failure = self._perform(job)
                if os.getpid() != pid:
                    os._exit(0)  # the work forked, and this is the copy: it has no say here
                self.send("ended", job.key, value, failure)
        listener.join()  # it knows, too, and ends this process with all that it started

    def send(self, *message: Any) -> None:
        """One message to the manager; threads of the work may send too."""
        with self._sending:
            self._link.sendall(self._framing.pack(*message))

    def _orders(self) -> Iterator[tuple[Any, ...]]:
        """What the manager wants, in turn."""
        framing = Framing()
        while data := self._link.recv(CHUNK):
            yield from framing.feed(data)

    def _listen(self) -> None:
        tie_thread_to_manager()
        with contextlib.suppress(OSError):  # gone already: the first look at the line says it
            self.send("tied")
        framing = Framing()
        for chunk in self._chunks():
            self.stops.update(key for (key,) in framing.feed(chunk))
        abandon()

    def _chunks(self) -> Iterator[bytes]:
        """What the manager sends on the line, until it is gone."""
        poll = select.poll()
        poll.register(self._line, select.POLLIN)
        pidfd = descriptor_of(self._manager)
        if pidfd is not None:
            poll.register(pidfd, select.POLLIN)
        while os.getppid() == self._manager and pidfd not in [fd for fd, _ in poll.poll()]:
            try:
                data = self._line.recv(CHUNK)
            except OSError:
                return
            if not data:
                return
            yield data

    def _perform(self, job: Job) -> tuple[bytes, Failure | None]:
        """The job's value as bytes, or why there is none."""
        try:
            with redirected(job.output):
                os.chdir(self._home)
                return self._run(job)
        except OSError as error:
            return b"", failure_of(error)

    def _run(self, job: Job) -> tuple[bytes, Failure | None]:
        try:
            call, argument = self._loaded_call(), pickle.loads(job.argument)
        except BaseException as error:  # noqa: BLE001  loading imports the user's modules
            return b"", failure_of(error, prefix="the work cannot be loaded in a worker process: ")
        if job.timed:
            self.send("began", job.key, time.monotonic())  # one clock for all processes of a machine
        value, failure = attempt(call, argument, job)
        if failure is not None:
            return b"", failure
        try:
            return pack_object(value), None
        except Exception as error:  # noqa: BLE001  pickling runs the user's code
            return b"", Failure(
                "BadResult",
                f"of what the work returned, {culprit(value)}, cannot be pickled: {failure_of(error).message}. "
                "Return numbers and text, and save anything else to a file.",
            )

    def _loaded_call(self) -> Call:
        if self._call is None:
            self._call = pickle.loads(self._packed_call)
        call: Call = self._call
        return call


def main(link: int, line: int, manager: int, main_thread: bool, gpus: tuple[str, ...]) -> None:
    """Run a worker on inherited sockets until it is told to end, or its manager is gone."""
    tie_to_manager(main_thread)
    faulthandler.enable(2)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sockets = [socket.socket(fileno=fd) for fd in (link, line)]
    for each in sockets:
        each.set_inheritable(False)
        os.register_at_fork(after_in_child=each.close)
    Worker(sockets[0], sockets[1], manager, gpus).serve()
