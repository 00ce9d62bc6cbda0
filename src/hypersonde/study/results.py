"""Keeps ``results.csv`` beside the log while the search runs."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from hypersonde.errors import StorageError
from hypersonde.trials import Event, Finished, History, table

_SHARE = 0.02
_STALE = 3600.0
"""Seconds after which a file beside is no longer being written: its writer was killed."""


class ResultsFile:
    """An observer that rewrites ``results.csv`` as trials finish: whole, beside, then in place at once.

    A reader never sees half a file. Writing takes at most a fiftieth of the time: after a rewrite of
    t seconds the next one waits for 50 t, and one second at least. `flush` writes what is due.

    Raises
    ------
    StorageError : the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        _sweep(path)
        self._extra: list[str] = []
        self._lines: list[str] = []
        self._due = False
        self._next = 0.0

    def __call__(self, history: History, events: Sequence[Event]) -> None:
        self._due = self._due or any(isinstance(event, Finished) for event in events)
        if self._due and time.monotonic() >= self._next:
            self.flush(history)

    def flush(self, history: History) -> None:
        """Write the file now, with every finished trial of the history."""
        begin = time.monotonic()
        self._format(history)
        head = table.as_csv([table.columns(history, self._extra)])
        _replace(self._path, self._beside, head + "".join(self._lines))
        self._due = False
        end = time.monotonic()
        self._next = end + max(1.0, (end - begin) / _SHARE)

    def _format(self, history: History) -> None:
        """Lines of the trials that finished since; all lines again when a new metric has turned up."""
        fresh = [history[i] for i in history.finish_order[len(self._lines) :]]
        new = [name for name in table.extra_metrics(fresh) if name not in self._extra]
        if new:
            self._extra += new
            fresh, self._lines = table.finished(history), []
        self._lines += [table.as_csv([table.row(history, trial, self._extra)]) for trial in fresh]


def _sweep(path: Path) -> None:
    """Remove what writers that were killed have left beside `path`."""
    with contextlib.suppress(OSError):
        for beside in path.parent.glob(f".{path.name}.*"):
            if time.time() - beside.stat().st_mtime > _STALE:
                beside.unlink()


def _replace(path: Path, beside: Path, text: str) -> None:
    try:
        with open(beside, "w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.write(text)
        os.replace(beside, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise StorageError(
            f"{path} cannot be written: {error.strerror or error}. Every result is safe in the log; "
            f"free some space or fix the permissions, then run the same command again."
        ) from error
