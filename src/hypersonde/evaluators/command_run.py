"""One run of a command line: followed while it talks, ended when it should be, read when it is done."""

from __future__ import annotations

import codecs
import contextlib
import json
import os
import selectors
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import IO, Any, Protocol

from hypersonde.errors import HypersondeError
from hypersonde.evaluators.process_tree import kill_trees

TAIL = 1 << 18
"""Bytes of a stream that are kept to find the objective, or the reason of a failure."""
REASON_LINES = 20
"""Lines of the error stream that a failure quotes."""
GLANCE = 0.1
"""Seconds between two looks at whether the work should stop."""


class CommandFailed(HypersondeError):
    """A command ended without an objective; the message says how, and quotes what it said last."""


class Stoppable(Protocol):
    """What a run needs of its trial."""

    def should_stop(self) -> bool:
        """Whether to wind up."""
        ...


class CommandRun:
    """One run of a command, from its start to its end."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], grace: float) -> None:
        self._title = shlex.join(arguments)
        self._grace = grace
        self._stopping: float | None = None
        self.out, self.err = Tail(sys.stdout), Tail(sys.stderr)
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise CommandFailed(f"cannot start `{self._title}`: {error.strerror}: {error.filename!r}.") from None

    def follow(self, trial: Stoppable) -> None:
        """Pass on what it says until it ends; end it when the trial is to stop, or this work is ended."""
        with self._process, selectors.DefaultSelector() as selector:
            assert self._process.stdout is not None
            assert self._process.stderr is not None
            try:
                selector.register(self._process.stdout, selectors.EVENT_READ, self.out)
                selector.register(self._process.stderr, selectors.EVENT_READ, self.err)
                while self._listen(selector):
                    self._mind(trial)
            except BaseException:
                self._kill()
                raise

    def read(self, text: str | None, source: str) -> Any:
        """The objective in `text`, unless the command failed.

        Raises
        ------
        CommandFailed : it did, or there is no objective.
        """
        status = self._process.returncode
        if status and self._stopping is None:
            raise CommandFailed(self._failure(status))
        result = None if text is None else _parsed(text)
        if result is None:
            got = "is absent" if text is None else f"is {text[:200]!r}"
            hurry = " It was asked to stop." if self._stopping is not None else ""
            raise CommandFailed(
                f"`{self._title}` left no objective: {source} {got}, expected a number or a JSON object.{hurry}"
            )
        return result

    def _listen(self, selector: selectors.BaseSelector) -> bool:
        """Read what there is; False when the command has ended and said all that it had to say."""
        ready = selector.select(GLANCE) if selector.get_map() else []
        for key, _ in ready:
            data = os.read(key.fd, TAIL)
            key.data.take(data)
            if not data:
                selector.unregister(key.fileobj)
        if not selector.get_map():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GLANCE)
        return bool(ready) or self._process.poll() is None

    def _mind(self, trial: Stoppable) -> None:
        """Stop in two steps when the trial says so."""
        if self._stopping is None:
            if trial.should_stop() and self._process.poll() is None:
                self._stopping = time.monotonic()
                os.killpg(self._process.pid, signal.SIGTERM)
        elif time.monotonic() > self._stopping + self._grace:
            self._kill()

    def _kill(self) -> None:
        if self._process.poll() is None:
            kill_trees([self._process.pid])
            self._process.wait()

    def _failure(self, status: int) -> str:
        how = f"was killed by signal {-status}" if status < 0 else f"exited with status {status}"
        lines = [line for line in self.err.text().splitlines() if line.strip()][-REASON_LINES:]
        last = f": {lines[-1].strip()}" if lines else ""
        return "\n".join([f"`{self._title}` {how}{last}", *lines])


class Tail:
    """Passes a stream on and keeps its end."""

    def __init__(self, onward: IO[str]) -> None:
        self._onward = onward
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._kept = bytearray()

    def take(self, data: bytes) -> None:
        """The next bytes; none at the end."""
        self._kept += data
        del self._kept[:-TAIL]
        self._onward.write(self._decode(data, final=not data))
        self._onward.flush()

    def text(self) -> str:
        """What has been kept."""
        return self._kept.decode("utf-8", "replace")


def _parsed(text: str) -> float | dict[str, Any] | None:
    """A number, or a JSON object; None for anything else.

    >>> _parsed("1e-3"), _parsed('{"loss": 2}'), _parsed("done")
    (0.001, {'loss': 2}, None)
    """
    with contextlib.suppress(ValueError):
        return float(text)
    with contextlib.suppress(ValueError):
        value = json.loads(text)
        return value if isinstance(value, dict) else None
    return None
