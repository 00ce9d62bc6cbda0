"""Ending processes with everything they started."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Collection, Iterable

import psutil

MARK = "HYPERSONDE_WORKER"
"""The environment variable that tells whose a process is."""


def kill_trees(roots: Iterable[int], *, spare_roots: bool = False, marks: Collection[str] = ()) -> None:
    """Kill processes with all descendants, and whoever shares a session that a root leads.

    The roots stand still while their descendants die, so that nobody goes on because a child has ended, and they
    die last: while a worker exists, it can end its descendants itself if its manager does not get to it.

    Parameters
    ----------
    roots : ids of processes that the caller has not waited for yet, so that the ids are still theirs.
    spare_roots : leave the roots themselves alone.
    marks : kill everything, too, whose environment variable `MARK` has one of these values: when a root is
        dead already, nothing else tells the children that it started in sessions of their own.
    """
    ids = set(roots)
    if not spare_roots:
        _send(signal.SIGSTOP, ids)
    killed: set[psutil.Process] = set()
    try:
        while found := [p for p in _family(ids, marks) if p not in killed and p.pid not in ids]:
            _send(signal.SIGKILL, [process.pid for process in found])
            killed.update(found)
    finally:  # whatever came in between, none is left standing still
        if not spare_roots:
            _send(signal.SIGKILL, ids)


def _send(number: signal.Signals, pids: Iterable[int]) -> None:
    for pid in pids:
        with contextlib.suppress(OSError):  # gone in between, or not ours to end
            os.kill(pid, number)


def _family(roots: set[int], marks: Collection[str]) -> list[psutil.Process]:
    """The roots, the members of their sessions, the marked, and all descendants of these; parents first."""
    processes: dict[int, psutil.Process] = {}
    parents: dict[int, int] = {}
    for pid in psutil.pids():  # not process_iter: what that yields is shared with whoever else calls it meanwhile
        with contextlib.suppress(psutil.Error):  # gone in between
            processes[pid] = psutil.Process(pid)
            parents[pid] = processes[pid].ppid()
    children: dict[int, list[int]] = {}
    for pid, parent in parents.items():
        children.setdefault(parent, []).append(pid)
    family = {
        pid for pid in parents if pid in roots or _session(pid) in roots or (marks and _mark(processes[pid]) in marks)
    }
    heads = [pid for pid in family if parents[pid] not in family]
    return [processes[pid] for pid in _with_descendants(heads, children)]


def _with_descendants(heads: list[int], children: dict[int, list[int]]) -> list[int]:
    line = list(dict.fromkeys(heads))
    for pid in line:  # grows while it is walked
        line += children.get(pid, ())
    return list(dict.fromkeys(line))


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # gone, or somebody else's
        return None
