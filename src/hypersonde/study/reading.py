"""Reads the studies in log directories, without their problems and without changing them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ConfigSpace import ConfigurationSpace

from hypersonde.errors import InvalidInput, unknown
from hypersonde.problem import HpProblem
from hypersonde.samplers.bayes.precedent import Precedent
from hypersonde.storage import Header, SqlStorage, Storage
from hypersonde.storage.places import ranks_logs
from hypersonde.trials import History, Metric

_USUAL = "study"
"""The name of a study that was given none."""


def read_study(log_dir: Path, name: str | None = None) -> tuple[Header, History]:
    """What the study is, and all its trials up to now; a search that is running is not disturbed.

    Raises
    ------
    InvalidInput : there is no ``study.db`` in the directory, or no study of this name in it.
    StorageError : it cannot be read.
    """
    path = log_dir / "study.db"
    of_ranks = ranks_logs(log_dir)
    if of_ranks is None and not path.is_file():
        raise InvalidInput(
            f"there is no study in {log_dir.absolute()}: no file study.db. Give the --log-dir of a search."
        )
    with of_ranks or SqlStorage(path) as storage:
        return read_log(storage, name, str(path))


def read_log(storage: Storage, name: str | None = None, place: str = "this storage") -> tuple[Header, History]:
    """What a study in a storage is, and all its trials up to now; without a name, the only one or ``study``.

    Raises
    ------
    InvalidInput : there is no study of this name in it.
    StorageError : it cannot be read.
    """
    headers = {header.name: header for header in storage.studies()}
    if name is None:
        name = next(iter(headers)) if len(headers) == 1 else _USUAL
    if name not in headers:
        raise unknown(f"study in {place}:", name, headers)
    header = storage.open(headers[name])
    problem = HpProblem(ConfigurationSpace.from_serialized_dict(dict(header.settings["configspace"])))
    history = History(problem, [Metric(*pair) for pair in header.settings["metrics"]], storage.label)
    history.extend(storage.read())
    return header, history


def read_precedents(log_dirs: Iterable[str | Path]) -> tuple[Precedent, ...]:
    """The studies in some log directories as something to learn from: ``Auto(precedents=read_precedents(["runs/1"]))``.

    What they hold now is what counts: learn from studies that have ended, so that a search that is resumed learns
    what it had learned before.

    Raises
    ------
    InvalidInput, StorageError : see `read_study`.
    """
    return tuple(Precedent.of(read_study(_directory(Path(one)))[1], str(one)) for one in log_dirs)


def _directory(path: Path) -> Path:
    """The log directory, also of the path of its log or of its table."""
    return path.parent if path.is_file() and path.name in ("study.db", "results.csv") else path
