"""The parts that a study gets when its user brings none; each is loaded only when it is needed."""

from __future__ import annotations

import os
from pathlib import Path

from hypersonde.errors import InvalidInput, StorageError
from hypersonde.evaluators.base import Evaluator
from hypersonde.samplers import Sampler
from hypersonde.storage import Storage


def sampler() -> Sampler:
    """The recommended sampler."""
    from hypersonde.samplers import Auto

    return Auto()


def evaluator() -> Evaluator:
    """One worker process per core."""
    from hypersonde.evaluators import ProcessEvaluator

    return ProcessEvaluator()


def serial() -> Evaluator:
    """In this process, one after the other."""
    from hypersonde.evaluators import SerialEvaluator

    return SerialEvaluator()


def directory(log_dir: str | Path | None) -> Path | None:
    """The log directory as an absolute path, made when it is absent; None for none.

    Raises
    ------
    InvalidInput : it is no path.
    StorageError : the directory cannot be made.
    """
    if log_dir is None:
        return None
    if not isinstance(log_dir, str | os.PathLike):
        raise InvalidInput(f"log_dir is a path, got {type(log_dir).__name__} {log_dir!r}. Use log_dir='runs/first'.")
    path = Path(log_dir).absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        file = next((p for p in (path, *path.parents) if p.exists() and not p.is_dir()), None)
        why = f"{file} is a file" if file is not None else error.strerror or error
        raise StorageError(f"the directory {path} cannot be made: {why}. Choose another one (--log-dir).") from error
    return path


def storage(log_dir: Path | None) -> Storage:
    """``study.db`` in the log directory; memory without one. A directory with the logs of ranks goes on with these."""
    if log_dir is None:
        from hypersonde.storage import MemoryStorage

        return MemoryStorage()
    from hypersonde.storage import SqlStorage
    from hypersonde.storage.places import ranks_logs

    return ranks_logs(log_dir) or SqlStorage(log_dir / "study.db")
