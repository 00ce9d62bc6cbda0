"""Who holds running trials: names of writers, and whether the process behind a name still lives."""

from __future__ import annotations

import hashlib
import os
import platform
import secrets
from pathlib import Path

import psutil

HEARTBEAT = 15.0
"""Seconds between two heartbeats of an owner."""

LEASE = 60.0
"""Seconds after its last heartbeat for which an owner on another machine is taken to be alive."""

RETIRED = 0.0
"""The time of the last heartbeat of an owner that said that it holds nothing any more."""


def new_owner(pid: int | None = None) -> str:
    """A name like no other for a process on this machine: machine, process id, its start, random token.

    Parameters
    ----------
    pid : the process; this one when left out.
    """
    pid = os.getpid() if pid is None else pid
    return "/".join([platform.node(), _machine(), str(pid), process_start(pid) or "", secrets.token_hex(4)])


def lives(owner: str) -> bool | None:
    """Whether the process behind `owner` runs; None when it belongs to another machine, or to no `new_owner`."""
    parts = owner.rsplit("/", 4)
    if len(parts) != 5 or parts[0] != platform.node() or parts[1] != _machine() or not parts[2].isdigit():
        return None
    return process_start(int(parts[2])) == parts[3]


def holds(owner: str, heartbeat: float | None, now: float, lease: float = LEASE) -> bool:
    """Whether `owner` holds its trials still: here its process decides, elsewhere its last heartbeat.

    Parameters
    ----------
    heartbeat : Unix time of the last one, `RETIRED`, or None when there was none.
    now : Unix time by the same clock.
    lease : seconds.
    """
    if heartbeat == RETIRED:
        return False
    here = lives(owner)
    return here if here is not None else heartbeat is not None and now - heartbeat < lease


def process_start(pid: int) -> str | None:
    """When a process started, as a text that only compares; None when it does not run (any more).

    Linux counts in ticks since the machine started, which no change of the clock moves.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]
    except OSError:
        pass
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(round(process.create_time()))
    except psutil.NoSuchProcess:
        return None


def _machine() -> str:
    """Eight letters for this boot and process namespace: containers may share a host name, not their processes."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text()
        space = os.readlink("/proc/self/ns/pid")
    except OSError:
        boot, space = str(round(psutil.boot_time(), -2)), ""
    return hashlib.sha256(f"{boot}{space}".encode()).hexdigest()[:8]
