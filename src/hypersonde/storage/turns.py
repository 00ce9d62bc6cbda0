"""Processes that write files of one directory take turns."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class Turns:
    """A lock of the system on a directory, which lets go by itself when its process dies.

    Who waits is woken as soon as it is free. SQLite's own lock, under which every write still happens, is looked at in
    ever longer pauses instead: with many writers some would hardly ever find it free.

    Parameters
    ----------
    directory : of the files; one whose file system has no such locks is written without turns.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for a turn, and have it as long as this is open."""
        with contextlib.ExitStack() as stack:
            with contextlib.suppress(OSError):
                place = os.open(self._directory, os.O_RDONLY | os.O_CLOEXEC)
                stack.callback(os.close, place)
                fcntl.flock(place, fcntl.LOCK_EX)
                stack.callback(fcntl.flock, place, fcntl.LOCK_UN)  # a child of fork may have a copy of the descriptor
            yield
