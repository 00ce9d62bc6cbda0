"""The manager's end of one worker process."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from hypersonde.evaluators.names import worker_name
from hypersonde.evaluators.packing import Job, PackedCall
from hypersonde.evaluators.process_tree import MARK, kill_trees
from hypersonde.evaluators.resources import Slot
from hypersonde.evaluators.wire import Wire
from hypersonde.failure import Failure

PATIENCE = 5.0
"""Seconds that a killed process is given to be gone; only a hanging file system makes it wait."""


class Remote:
    """A worker process: started when built, ended by `kill`, given back by `bury`.

    Attributes
    ----------
    slot : GPU ids that are its own.
    name : such as ``n013:4711``.
    mark : the value of `MARK` in the environment of the worker and of all that it starts.
    job : what it works on; None when idle.
    deadline : when to kill it, in seconds of ``time.monotonic``; None for never.
    verdict : how its job ends if the deadline passes.
    tied : whether it has said that the kernel lets it go on, should this process die while it stands still.
    """

    def __init__(self, slot: Slot, environment: Mapping[str, str]) -> None:
        self.slot = slot
        self.job: Job | None = None
        self.deadline: float | None = None
        self.verdict: Failure | None = None
        self.tied = False
        self._began = 0.0
        self._call: PackedCall | None = None
        self.mark = f"{os.getpid()}-{secrets.token_hex(8)}"
        (link, their_link), (line, their_line) = socket.socketpair(), socket.socketpair()
        with their_link, their_line:
            ends = their_link.fileno(), their_line.fileno()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _program(ends, slot)],
                stdin=subprocess.DEVNULL,
                env={**environment, MARK: self.mark},
                pass_fds=ends,
                start_new_session=True,
            )
        self.name = worker_name(self.pid)
        self._wire, self._line = Wire(link), Wire(line)

    @property
    def pid(self) -> int:
        """Process id; also that of its session and process group."""
        return self._process.pid

    @property
    def link(self) -> socket.socket:
        """The socket for jobs, and for what it says."""
        return self._wire.link

    @property
    def unsent(self) -> bool:
        """Whether bytes wait for the socket to take them."""
        return self._wire.unsent

    def start(self, job: Job) -> bool:
        """Hand it a job; False when it turns out to be dead."""
        self.job, self.deadline, self.verdict = job, None, None
        self._began = time.monotonic()
        if job.call is not self._call:
            self._call = job.call
            self._wire.post("call", list(job.call.path), job.call.data)
        self._wire.post("run", job.key, job.argument, job.output, job.time_limit is not None, job.stopped)
        return self.flush()

    def stop(self) -> None:
        """Pass a request to wind up on to the work, once."""
        if self.job is not None and not self.job.stopped:
            self.job.stopped = True
            self._line.post(self.job.key)
            self._line.flush()

    def doom(self, deadline: float, verdict: Failure) -> None:
        """Set when it is to be killed, and what that means for its job."""
        self.deadline, self.verdict = deadline, verdict

    def dismiss(self, deadline: float) -> None:
        """Let it end by itself, until `deadline`."""
        self.job, self.deadline = None, deadline
        self._wire.post("exit")
        self.flush()

    def flush(self) -> bool:
        """Write what the socket takes now; False when nobody is there any more."""
        return self._wire.flush()

    def receive(self) -> Iterator[tuple[Any, ...]]:
        """The messages that one look at the socket completes.

        Raises
        ------
        EOFError : it is dead, and everything that it had said has been yielded before.
        """
        yield from self._wire.receive()

    def bury(self) -> None:
        """Give back what a killed or dead one still holds."""
        self._wire.close()
        self._line.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(PATIENCE)

    def wait(self, seconds: float) -> bool:
        """Whether it ends by itself within so many seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, seconds))
        return self._process.returncode is not None

    def loss(self) -> Failure:
        """Why it is dead, for the task that it had; after `bury`.

        SIGTERM is no crash: somebody ends what runs on this machine, as a batch queue does, and the work may be done
        elsewhere.
        """
        status = self._process.returncode or 0
        how = f"was killed by {_signal_name(-status)}" if status < 0 else f"exited with status {status}"
        elapsed = time.monotonic() - self._began
        ended = status == -signal.SIGTERM
        return Failure("WorkerLost", f"worker {self.pid} {how} after {elapsed:.1f} s", retry=ended)


def _program(ends: tuple[int, int], slot: Slot) -> str:
    """What the worker process executes; it finds modules exactly where this process does."""
    main_thread = threading.current_thread() is threading.main_thread()
    return (
        f"import sys; sys.path[:] = {sys.path!r}; from hypersonde.evaluators.worker import main; "
        f"main({ends[0]}, {ends[1]}, {os.getpid()}, {main_thread}, {slot!r})"
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def kill(remotes: Collection[Remote]) -> None:
    """End workers with everything that they started; fine when they are dead already."""
    for remote in remotes:
        if not remote.tied:  # it has hardly begun; made to stand still, it might do so for ever
            with contextlib.suppress(ProcessLookupError):
                os.kill(remote.pid, signal.SIGKILL)
    kill_trees([remote.pid for remote in remotes], marks={remote.mark for remote in remotes})
