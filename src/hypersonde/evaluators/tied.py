"""Runs a program that dies with the thread that started it: ``python -m hypersonde.evaluators.tied PROGRAM ...``."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

from hypersonde.evaluators.lifeline import PR_SET_PDEATHSIG


def main() -> None:
    """Become the program; what the kernel was asked for outlives that."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    os.execvp(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
