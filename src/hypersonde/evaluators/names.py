"""Names of workers, as they appear in messages and records."""

from __future__ import annotations

import os


def worker_name(pid: int, thread: int | None = None) -> str:
    """Host and process, and which thread of it where that matters.

    >>> worker_name(4711, 2).partition(":")[2]
    '4711/2'
    """
    host = os.uname().nodename.split(".")[0]
    return f"{host}:{pid}" if thread is None else f"{host}:{pid}/{thread}"
