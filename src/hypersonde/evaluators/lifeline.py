"""How a worker process notices that its manager is gone, and what it does then."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def abandon() -> None:
    """The manager is gone: take everything that this worker started along, undisturbed by the kernel's alarm."""
    from hypersonde.evaluators.process_tree import kill_trees

    ctypes.CDLL(None).signal(signal.SIGALRM, ctypes.c_void_p(signal.SIG_IGN))
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
