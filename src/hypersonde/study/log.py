"""Writes ``hypersonde.log``: a line for whatever happens to a trial."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hypersonde.errors import StorageError
from hypersonde.trials import Event, Finished, History, Queued, Released, Reported, Started, Trial

logger = logging.getLogger("hypersonde")


@contextmanager
def log_file(path: Path) -> Iterator[None]:
    """While open, what the library logs goes to `path`, appended; nothing else of logging is touched.

    Raises
    ------
    StorageError : the file cannot be opened.
    """
    try:
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}. Choose another --log-dir.") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    handler.handleError = lambda record: None  # type: ignore[method-assign]  # a full disk must not end a search
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
        handler.close()


def log_events(history: History, events: Sequence[Event]) -> None:
    """An observer that logs events; each process logs those that it recorded itself."""
    if not logger.isEnabledFor(logging.INFO):
        return
    for event in events:
        if not isinstance(event, Reported):
            logger.info("trial %s %s", history.label(event.number), _sentence(history[event.number], event))


def _sentence(trial: Trial, event: Event) -> str:
    match event:
        case Queued():
            return f"queued ({event.origin}): {dict(event.config)}"
        case Started():
            again = f", attempt {event.attempt}" if event.attempt > 1 else ""
            return f"started ({event.origin}{again}): {dict(event.config)}"
        case Released():
            return f"goes back to the queue: {event.failure}"
        case Finished():
            took = "" if trial.seconds is None else f" after {trial.seconds:.2f} s on {event.worker or 'this process'}"
            what = f"{event.values}" if event.values else f"{event.failure or ''}"
            return f"{event.state.name}{took}: {what}"
        case _:
            return str(event)
