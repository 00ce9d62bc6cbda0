"""What runs on one slot of a cluster: it calls the manager's mailbox, and runs the jobs that it is given.

Every job runs in a worker process of the agent's own, so that time limits, cancelling and crashes are what they are
on one machine. An agent whose manager is gone ends itself, and what it runs, at once.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from hypersonde.evaluators.base import Ended, Message, Report
from hypersonde.evaluators.framing import CHUNK, Framing
from hypersonde.evaluators.handshake import greet
from hypersonde.evaluators.names import worker_name
from hypersonde.evaluators.packed import Pool
from hypersonde.evaluators.packing import Job, PackedCall
from hypersonde.evaluators.pool import WorkerPool

BEAT = 5.0
"""Seconds between two signs of life."""
PATIENCE = 60.0
"""Seconds for which an agent tries to reach its manager."""


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


def attend(post: Post, pool: Pool, name: str) -> str:
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
    link.settimeout(None)
    Relay(link, framing, pool, name).run()
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


class Relay:
    """Between a manager's socket and a pool: two threads listen and beat, the calling one works.

    Parameters
    ----------
    link : a blocking socket on which the handshake is over.
    framing : agreed in it.
    pool : what runs the jobs.
    name : of this agent.
    """

    def __init__(self, link: socket.socket, framing: Framing, pool: Pool, name: str) -> None:
        self._link = link
        self._framing = framing
        self._pool = pool
        self._name = name
        self._sending = threading.Lock()
        self._orders: SimpleQueue[tuple[Any, ...]] = SimpleQueue()
        self._call = PackedCall(b"", ())
        self._active: set[int] = set()
        self._over = threading.Event()

    def run(self) -> None:
        """Serve until the manager says that it is enough, or is gone."""
        threads = [threading.Thread(target=t, name=t.__name__, daemon=True) for t in (self._listen, self._beat)]
        try:
            self._send("hello", self._name, self._pool.capacity)
            for thread in threads:
                thread.start()
            while not self._over.is_set():
                self._turn()
        except OSError:
            pass  # the manager is gone, and with it whoever could be told
        finally:
            self._over.set()
            self._pool.close()
            self._say_the_last()
            with contextlib.suppress(OSError):
                self._link.shutdown(socket.SHUT_RDWR)  # close alone would wait for the listening thread
            self._link.close()

    def _turn(self) -> None:
        """Follow orders, then wait for news of what runs, or for orders when nothing does."""
        if not self._active:
            self._obey(*self._orders.get())
        while True:
            try:
                order = self._orders.get_nowait()
            except Empty:
                break
            self._obey(*order)
        if self._active and not self._over.is_set():
            for message in self._pool.gather():
                self._relay(message)

    def _obey(self, verb: str, *rest: Any) -> None:
        if verb == "run":
            key, argument, time_limit, output, stopped = rest
            self._active.add(key)
            self._pool.put(Job(key, self._call, argument, time_limit, output, stopped))
        elif verb == "call":
            self._call = PackedCall(rest[1], tuple(rest[0]))
        elif verb == "stop":
            self._pool.stop(rest[0])
        elif verb == "cancel":
            self._pool.cancel(rest[0])
        elif verb == "exit":
            self._over.set()

    def _relay(self, message: Message) -> None:
        if isinstance(message, Report):
            self._send("report", message.key, message.value)
        else:
            self._active.discard(message.key)
            self._send("ended", message.key, message.value, message.failure, message.worker or self._name)

    def _say_the_last(self) -> None:
        try:
            for message in self._pool.gather(0.0):
                if isinstance(message, Ended):
                    self._relay(message)
        except OSError:
            pass  # nobody is there any more

    def _listen(self) -> None:
        try:
            while data := self._link.recv(CHUNK):
                for order in self._framing.feed(data):
                    self._orders.put(order)
                    self._pool.wake()
        except (OSError, EOFError):
            pass  # gone, or not who it was: either way there is no manager any more
        self._orders.put(("exit",))
        self._pool.wake()

    def _beat(self) -> None:
        try:
            while not self._over.wait(BEAT):
                self._send("beat")
        except OSError:
            self._over.set()

    def _send(self, *message: Any) -> None:
        with self._sending:
            self._link.sendall(self._framing.pack(*message))
