"""An agent as its manager sees it."""

from __future__ import annotations

import socket
import time
from typing import Any

from hypersonde.evaluators.packing import Job, PackedCall
from hypersonde.evaluators.wire import Wire
from hypersonde.failure import Failure


class Agent:
    """The manager's end of one agent.

    Attributes
    ----------
    name, slots : as it said: who it is, and how many jobs it runs at the same time; no slots before it has.
    jobs : what it works on, by key; of these, `cancelled` are to end.
    heard, idle : when it last said anything, and since when it has had no job, by ``time.monotonic``.
    """

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.name = ""
        self.slots = 0
        self.jobs: dict[int, Job] = {}
        self.cancelled: set[int] = set()
        self.joined = self.heard = self.idle = time.monotonic()
        self._call: PackedCall | None = None

    @property
    def link(self) -> socket.socket:
        """The socket to it."""
        return self.wire.link

    @property
    def unsent(self) -> bool:
        """Whether bytes wait for the socket to take them."""
        return self.wire.unsent

    @property
    def host(self) -> str:
        """Where it runs."""
        return self.name.partition(":")[0]

    @property
    def free(self) -> int:
        """How many more jobs it can start now."""
        return self.slots - len(self.jobs)

    def start(self, job: Job) -> None:
        """Hand it a job."""
        self.jobs[job.key] = job
        if job.call is not self._call:
            self._call = job.call
            self.wire.post("call", list(job.call.path), job.call.data)
        self.wire.post("run", job.key, job.argument, job.time_limit, job.output, job.stopped)
        self.wire.flush()

    def tell(self, *message: Any) -> None:
        """Send it a word."""
        self.wire.post(*message)
        self.wire.flush()

    def loss(self) -> Failure:
        """Why its jobs have no result."""
        elapsed = time.monotonic() - self.joined
        return Failure("WorkerLost", f"worker {self.name} went away after {elapsed:.0f} s", retry=True)
