"""How a worker process notices that its manager is gone, and what it does then."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SPAWNING = {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.spawn"}
"""Python's names for what starts a process."""


def abandon() -> None:
    """The manager is gone: take everything that this worker started along, undisturbed by the kernel's alarm."""
    from hypersonde.evaluators.process_tree import kill_trees

    ctypes.CDLL(None).signal(signal.SIGALRM, ctypes.c_void_p(signal.SIG_IGN))
    listener = threading.get_ident()

    def hold(event: str, arguments: tuple[Any, ...]) -> None:
        if event in SPAWNING and threading.get_ident() != listener:
            time.sleep(60)

    sys.addaudithook(hold)  # or the work starts something just after the last look around
    kill_trees([os.getpid()], spare_roots=True)
    time.sleep(0.05)  # whatever was past the hook has shown itself by now
    kill_trees([os.getpid()], spare_roots=True)
    os._exit(1)


def descriptor_of(pid: int) -> int | None:
    """A file descriptor that becomes readable when the process ends; None where there is no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def tie_to_manager(main_thread: bool) -> None:
    """Have this process die with its manager, the one that started it.

    It becomes the parent of descendants that lose theirs, so that it can find them when it has to end them. And
    the kernel ends it when its work never lets go of the GIL: it sends a signal when the thread that started
    this process ends (only of a main thread does that mean that the manager is gone). The listening thread,
    which ends the descendants too, has a second to come first: SIGHUP is number 1, and its handler here is
    C's alarm, which is called with that number.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    if main_thread:
        libc.signal(signal.SIGHUP, libc.alarm)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGHUP, 0, 0, 0)


def tie_thread_to_manager() -> None:
    """Have the kernel let this process go on if its manager dies just when it has made it stand still.

    The kernel keeps such a signal for each thread; this one belongs to the thread that calls.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGCONT, 0, 0, 0)
