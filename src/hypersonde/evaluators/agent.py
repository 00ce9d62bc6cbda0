"""What runs on one slot of a cluster: it calls the manager's mailbox, and runs the jobs that it is given.

Every job runs in a worker process of the agent's own, so that time limits, cancelling and crashes are what they are
on one machine. An agent whose manager is gone ends itself, and what it runs, at once.
"""

from __future__ import annotations

import os
import select
import selectors
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypersonde.evaluators.base import Report
from hypersonde.evaluators.handshake import greet
from hypersonde.evaluators.names import worker_name
from hypersonde.evaluators.packed import WatchedPool
from hypersonde.evaluators.packing import Job, PackedCall
from hypersonde.evaluators.pool import WorkerPool
from hypersonde.evaluators.wire import Wire

BEAT = 5.0
"""Seconds between two signs of life."""
PATIENCE = 60.0
"""Seconds for which an agent tries to reach its manager."""
FAREWELL = 5.0
"""Seconds for the manager to take the last words."""


@dataclass(frozen=True, slots=True)
class Post:
    """Where agents call in, and the key that lets them.

    Attributes
    ----------
    host, port : of the manager's mailbox.
    key : of the run.
    """

    host: str
    port: int
    key: bytes


def serve(post: Post, *, gpus: Sequence[str] = (), env: Mapping[str, str] | None = None, name: str = "") -> str:
    """Run jobs for a manager, one at a time, until it says that it is enough or is gone; the agent's name.

    Parameters
    ----------
    gpus : ids that belong to this agent.
    env : environment variables for the work, on top of this process's.
    name : of the agent; by default that of the host and the process.

    Raises
    ------
    ConnectionError : the manager cannot be reached, or does not know the key.
    """
    visible = {"CUDA_VISIBLE_DEVICES": ",".join(gpus)} if gpus else {}
    pool = WorkerPool([tuple(gpus)], {"OMP_NUM_THREADS": "1", **os.environ, **visible, **(env or {})})
    return attend(post, pool, name or worker_name(os.getpid()))


def attend(post: Post, pool: WatchedPool, name: str) -> str:
    """Run jobs for a manager in a pool, which is closed at the end; the agent's name.

    Raises
    ------
    ConnectionError : see `serve`.
    """
    link = _called(post)
    try:
        framing = greet(link, post.key)
    except OSError as error:
        link.close()
        pool.close()
        raise ConnectionError(
            f"the manager at {post.host}:{post.port} does not answer as it should: {error}"
        ) from error
    Relay(Wire(link, framing), pool, name).run()
    return name


def _called(post: Post) -> socket.socket:
    deadline, pause = time.monotonic() + PATIENCE, 0.05
    while True:
        try:
            link = socket.create_connection((post.host, post.port), timeout=PATIENCE)
            break
        except OSError as error:
            if time.monotonic() > deadline:
                raise ConnectionError(f"no manager answers at {post.host}:{post.port}: {error}") from error
        time.sleep(pause)
        pause = min(2.0 * pause, 2.0)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 20), ("TCP_KEEPCNT", 6)):
        if hasattr(socket, option):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), seconds)
    return link


def _own_path(theirs: Sequence[str]) -> list[str]:
    """Where modules are found here and not at the manager's, such as what an engine has brought to this machine."""
    return [place for place in sys.path if os.path.isabs(place) and place not in theirs]


class Relay:
    """Between a manager's wire and a pool: one thread waits for both.

    Parameters
    ----------
    wire : to the manager, the handshake over.
    pool : what runs the jobs.
    name : of this agent.
    """

    def __init__(self, wire: Wire, pool: WatchedPool, name: str) -> None:
        self._wire = wire
        self._pool = pool
        self._name = name
        self._call = PackedCall(b"", ())
        self._over = False

    def run(self) -> None:
        """Serve until the manager says that it is enough, or is gone."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._wire.link, selectors.EVENT_READ)
            selector.register(self._pool, selectors.EVENT_READ)
            try:
                self._wire.post("hello", self._name, self._pool.capacity)
                self._attend(selector)
            finally:
                self._pool.close()
                self._relay()
                self._part()

    def _attend(self, selector: selectors.BaseSelector) -> None:
        beat = time.monotonic() + BEAT
        while not self._over and self._wire.flush():
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._wire.unsent else 0)
            selector.modify(self._wire.link, events)
            ready = selector.select(self._patience(beat))
            if any(key.fileobj is self._wire.link and found & selectors.EVENT_READ for key, found in ready):
                self._listen()
            self._relay()
            if time.monotonic() >= beat:
                beat = time.monotonic() + BEAT
                self._wire.post("beat")

    def _patience(self, beat: float) -> float:
        """Seconds until the next sign of life, or until a job runs into its time limit."""
        left, limit = beat - time.monotonic(), self._pool.patience()
        return max(0.0, left if limit is None else min(left, limit))

    def _listen(self) -> None:
        try:
            for order in self._wire.receive():
                self._obey(*order)
        except EOFError:
            self._over = True  # gone, or not who it was: either way there is no manager any more

    def _obey(self, verb: str, *rest: Any) -> None:
        if verb == "run":
            key, argument, time_limit, output, stopped = rest
            self._pool.put(Job(key, self._call, argument, time_limit, output, stopped))
        elif verb == "call":
            self._call = PackedCall(rest[1], (*_own_path(rest[0]), *rest[0]))
        elif verb == "stop":
            self._pool.stop(rest[0])
        elif verb == "cancel":
            self._pool.cancel(rest[0])
        elif verb == "exit":
            self._over = True

    def _relay(self) -> None:
        """Pass on what the pool says."""
        for message in self._pool.gather(0.0):
            if isinstance(message, Report):
                self._wire.post("report", message.key, message.value)
            else:
                self._wire.post("ended", message.key, message.value, message.failure, message.worker or self._name)

    def _part(self) -> None:
        """Send the last words, if anybody is there to hear them."""
        deadline = time.monotonic() + FAREWELL
        while self._wire.flush() and self._wire.unsent and (left := deadline - time.monotonic()) > 0:
            select.select([], [self._wire.link], [], left)
        self._wire.close()
