"""Runs a program that dies with the thread that started it: ``python -m hypersonde.evaluators.tied PROGRAM ...``.

It has a session of its own: Ctrl-C at a terminal is for the search alone, which still needs it to end.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress

from hypersonde.evaluators.lifeline import PR_SET_PDEATHSIG


def main() -> None:
    """Become the program; what the kernel was asked for outlives that."""
    with suppress(PermissionError):  # whoever leads a group already hears no Ctrl-C meant for another
        os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
