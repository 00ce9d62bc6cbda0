"""A preload of Dask's workers on this machine: Ctrl-C at a terminal is for the search alone, which ends them."""

from __future__ import annotations

import signal
from typing import Any

__all__ = ["dask_setup"]


def dask_setup(worker: Any) -> None:
    """Called by Dask in each worker process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
