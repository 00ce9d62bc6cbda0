"""Several processes have a directory together, and nobody else has it meanwhile."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import time
from pathlib import Path

__all__ = ["Hold"]

_LOOK = 0.1
"""Seconds between two attempts."""
_TAKEN = frozenset({errno.EACCES, errno.EAGAIN})


class Hold:
    """A lock of the system on a file, which lets go by itself when its process dies, however it dies.

    The first process makes sure that nobody has it; then all of them share it. It is a record lock, which children of
    the process do not inherit: one that outlives its parent keeps nobody out.

    Parameters
    ----------
    place : the file, made when it is absent; on a file system without such locks nobody is kept out.
    patience : seconds for which the first one waits for others to let go: after a kill it takes a moment.
    """

    def __init__(self, place: Path, patience: float = 5.0) -> None:
        self._place, self._patience = place, patience
        self._file: int | None = None

    def take(self, first: bool) -> bool:
        """Have it from now on; False when others have it."""
        if self._file is None:
            with contextlib.suppress(OSError):
                self._file = os.open(self._place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        end = time.monotonic() + self._patience
        while first and not self._locked(fcntl.LOCK_EX):
            if time.monotonic() > end:
                self.release()
                return False
            time.sleep(_LOOK)
        return self._locked(fcntl.LOCK_SH)

    def release(self) -> None:
        """Let go; several threads may."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _locked(self, how: int) -> bool:
        try:
            if self._file is not None:
                fcntl.lockf(self._file, how | fcntl.LOCK_NB)
        except OSError as error:
            return error.errno not in _TAKEN
        return True
