"""Where a study is kept, as it was typed: a log directory, or a storage and a name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hypersonde.batch.run import RECORD, Run
from hypersonde.storage import Header, open_storage
from hypersonde.study.reading import read_log, read_study
from hypersonde.trials import History


@dataclass(frozen=True, slots=True)
class Kept:
    """A study that commands read.

    Attributes
    ----------
    log_dir : of the search, which has the outputs of trials; and the study, unless it is in `storage`.
    storage, name : as ``--storage`` and ``--study-name`` have it; no name for the only one there, or ``study``.
    """

    log_dir: Path
    storage: str | None = None
    name: str | None = None

    @property
    def place(self) -> str:
        """The place, for a reader."""
        return str(self.log_dir.absolute()) if self.storage is None else self.storage

    @property
    def arguments(self) -> list[str]:
        """What is typed after ``hypersonde show`` to see it."""
        typed = [] if self.storage is not None and self.log_dir == Path() else [str(self.log_dir)]
        typed += [] if self.storage is None else ["--storage", self.storage]
        return typed + ([] if self.name in (None, "study") else ["--study-name", str(self.name)])

    def read(self) -> tuple[Header, History]:
        """What the study is, and all its trials up to now.

        Raises
        ------
        InvalidInput : there is no such study.
        StorageError : it cannot be read.
        """
        place = self.storage or self._of_run
        if place is None:
            return read_study(self.log_dir, self.name)
        with open_storage(place, make=False) as storage:
            return read_log(storage, self.name, place)

    @property
    def _of_run(self) -> str | None:
        """The storage of the run in a batch queue whose directory this is."""
        return Run.load(self.log_dir).storage if (self.log_dir / RECORD).is_file() else None
