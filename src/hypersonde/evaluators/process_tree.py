"""Ending processes with everything they started."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterable

import psutil

MARK = "HYPERSONDE_WORKER"
"""The environment variable that tells whose a process is."""


def kill_trees(roots: Iterable[int], *, spare_roots: bool = False, marks: Collection[str] = ()) -> None:
    """Kill processes with all descendants, and whoever shares a session that a root leads.

    Everything is frozen before anything is killed: what stands still can start nothing that would escape.

    Parameters
    ----------
    roots : ids of processes that the caller has not waited for yet, so that the ids are still theirs.
    spare_roots : leave the roots themselves alone.
    marks : kill everything, too, whose environment variable `MARK` has one of these values: when a root is
        dead already, nothing else tells the children that it started in sessions of their own.
    """
    ids = set(roots)
    frozen: dict[int, psutil.Process] = {}
    while found := [p for p in _members(ids, marks) if p.pid not in frozen and not (spare_roots and p.pid in ids)]:
        for process in found:
            frozen[process.pid] = process
            _signal(process.suspend)
    for process in frozen.values():
        _signal(process.kill)


def _members(roots: set[int], marks: Collection[str]) -> list[psutil.Process]:
    """The roots, the members of their sessions, the marked, and all descendants of these, as far as they exist."""
    children: dict[int, list[int]] = {}
    todo: list[int] = []
    for process in psutil.process_iter(["ppid"]):
        children.setdefault(process.info["ppid"], []).append(process.pid)
        if process.pid in roots or _session(process.pid) in roots or (marks and _mark(process) in marks):
            todo.append(process.pid)
    family: set[int] = set()
    while todo:
        pid = todo.pop()
        if pid not in family:
            family.add(pid)
            todo += children.get(pid, ())
    return [found for pid in family if (found := _process(pid)) is not None]


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # gone, or somebody else's
        return None


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except OSError:
        return None


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _signal(send: Callable[[], None]) -> None:
    with contextlib.suppress(psutil.Error):  # gone in between, or not ours to end
        send()
