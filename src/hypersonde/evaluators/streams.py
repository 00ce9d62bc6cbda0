"""Sorting what Python code prints by the thread that prints it."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO


class Late:
    """A text file that is opened, to be appended to, when somebody uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def __getattr__(self, name: str) -> Any:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a", encoding="utf-8", errors="backslashreplace", buffering=1)
        return getattr(self._file, name)

    def flush(self) -> None:
        """Without a file there is nothing to flush."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file, if there is one; without output it goes."""
        if self._file is not None:
            self._file.close()
            remove_if_empty(self._path)


class Router:
    """Stands in for ``sys.stdout`` or ``sys.stderr``: each thread's text goes to that thread's file.

    Threads without a file of their own use `original`. What C code and child processes print does not
    come by here.
    """

    def __init__(self, original: TextIO) -> None:
        self.original = original
        self._targets: dict[int, TextIO | Late] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._targets.get(threading.get_ident(), self.original), name)

    def divert(self, target: TextIO | Late) -> None:
        """From here on, what this thread prints goes to `target`."""
        self._targets[threading.get_ident()] = target

    def leave(self) -> None:
        """From here on, what this thread prints goes where it went before."""
        self._targets.pop(threading.get_ident(), None)


class Streams:
    """Routes ``sys.stdout`` and ``sys.stderr`` from when it is built until it is closed."""

    def __init__(self) -> None:
        self._out, self._err = Router(sys.stdout), Router(sys.stderr)
        sys.stdout, sys.stderr = self._out, self._err

    @contextlib.contextmanager
    def to(self, path: Path | None) -> Iterator[None]:
        """What this thread prints meanwhile goes to the end of a file, which is made when there is something to say."""
        if path is None:
            yield
            return
        with captured(path, self):
            yield

    def divert(self, target: Late) -> None:
        """From here on, what this thread prints goes to `target`."""
        self._out.divert(target)
        self._err.divert(target)

    def leave(self) -> None:
        """From here on, what this thread prints goes where it went before."""
        self._out.leave()
        self._err.leave()

    def close(self) -> None:
        """Put back what was there, unless somebody else has replaced it since."""
        if sys.stdout is self._out:
            sys.stdout = self._out.original
        if sys.stderr is self._err:
            sys.stderr = self._err.original


class captured:  # noqa: N801  reads as what it does
    """While it is open, what this thread prints goes to the end of a file: made when there is something to say.

    Parameters
    ----------
    path : the file; None leaves the streams alone.
    streams : whose they are; only this one's by default.
    """

    def __init__(self, path: Path | None, streams: Streams | None = None) -> None:
        self._path, self._given = path, streams

    def __enter__(self) -> None:
        if self._path is not None:
            self._target, self._streams = Late(self._path), self._given or Streams()
            self._streams.divert(self._target)

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Meanwhile, what this thread prints goes where it went before."""
        if self._path is None:
            yield
            return
        self._streams.leave()
        try:
            yield
        finally:
            self._streams.divert(self._target)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._path is not None:
            self._streams.leave()
            if self._given is None:
                self._streams.close()
            self._target.close()


def remove_if_empty(output: Path | None) -> None:
    """An output file without output is of no use to anybody."""
    if output is None:
        return
    with contextlib.suppress(OSError):  # it was never made, or went away with its directory
        if output.stat().st_size == 0:
            output.unlink()
