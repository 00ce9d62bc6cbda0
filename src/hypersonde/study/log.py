"""Writes ``hypersonde.log``: a line for whatever happens to a trial."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hypersonde.errors import StorageError
from hypersonde.trials import Event, Finished, History, Queued, Released, Reported, Started, Trial

_BRISK = 0.05
"""Seconds of an evaluation below which the next one is expected to be over before anybody has read that it began."""

logger = logging.getLogger("hypersonde")


@contextmanager
def log_file(path: Path) -> Iterator[None]:
    """While open, what the library logs goes to `path`, appended; whoever would have heard of it, still does.

    Raises
    ------
    StorageError : the file cannot be opened.
    """
    try:
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}. Choose another --log-dir.") from error
    handler.setFormatter(_Dated("%(asctime)s %(levelname)-7s %(message)s"))
    handler.handleError = lambda record: None  # type: ignore[method-assign]  # a full disk must not end a search
    level, propagate = logger.level, logger.propagate
    handlers: list[logging.Handler] = [handler]
    if propagate and not logger.handlers:
        handlers.append(_Onward(logger.getEffectiveLevel()))
    for each in handlers:
        logger.addHandler(each)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        for each in handlers:
            logger.removeHandler(each)
        logger.setLevel(level)
        logger.propagate = propagate
        with suppress(OSError):  # of a full disk the search speaks itself
            handler.close()


class _Onward(logging.Handler):
    """Hands on what is more than the story of trials: to the program's handlers, or to standard error without any."""

    def emit(self, record: logging.LogRecord) -> None:
        if logger.parent is not None:
            logger.parent.callHandlers(record)


class Scribe:
    """An observer that logs events; each process logs those that it recorded itself.

    Where evaluations take less than 50 ms, only their ends are told, together with what was tried.
    """

    def __init__(self) -> None:
        self._brisk = False
        self._untold: set[int] = set()

    def __call__(self, history: History, events: Sequence[Event]) -> None:
        if not logger.isEnabledFor(logging.INFO):
            return
        for event in events:
            if isinstance(event, Reported):
                continue
            if isinstance(event, Started) and self._brisk:
                self._untold.add(event.number)
                continue
            trial: Trial = history[event.number]
            words = _sentence(trial, event)
            if isinstance(event, Finished):
                self._brisk = trial.seconds is not None and trial.seconds < _BRISK
                if event.number in self._untold:
                    words += f" ({trial.origin}): {trial.config}"
            self._untold.discard(event.number)
            line = history.label(event.number), words
            logger.handle(logging.LogRecord(logger.name, logging.INFO, __file__, 0, "trial %s %s", line, None))


class _Dated(logging.Formatter):
    """Writes out the second of a record once: many share one."""

    _second, _text = -1, ""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        second = int(record.created)
        if second != self._second:
            self._second, self._text = second, time.strftime(self.default_time_format, self.converter(record.created))
        return f"{self._text},{record.msecs:03.0f}"


def _sentence(trial: Trial, event: Event) -> str:
    match event:
        case Queued():
            return f"queued ({event.origin}): {trial.config}"
        case Started():
            again = f", attempt {event.attempt}" if event.attempt > 1 else ""
            return f"started ({event.origin}{again}): {trial.config}"
        case Released():
            return f"goes back to the queue: {event.failure}"
        case Finished():
            took = "" if trial.seconds is None else f" after {trial.seconds:.2f} s on {event.worker or 'this process'}"
            what = f"{event.values}" if event.values else f"{event.failure or ''}"
            return f"{event.state.name}{took}: {what}"
        case _:
            return str(event)
