"""Where the ranks of a search keep their logs: one place for each, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from hypersonde.errors import StorageError
from hypersonde.storage.base import Storage
from hypersonde.storage.hold import Hold
from hypersonde.storage.memory import MemoryStorage
from hypersonde.storage.owners import LEASE

LOG, HOLD = "study.log", "ranks.lock"

__all__ = ["HOLD", "LOG", "Directories", "Homes", "Memories", "logs_of_ranks"]


class Homes(Protocol):
    """The logs of a study that several ranks write, each its own."""

    def existing(self) -> list[int]:
        """The ranks that have a log already."""
        ...

    def open(self, rank: int) -> Storage:
        """The log of a rank; made when it is absent."""
        ...

    def take(self, first: bool) -> str:
        """Have the logs for the ranks of one search, until `release`; where they are, when another search has them.

        The first rank asks first, and the others when it has them.
        """
        ...

    def release(self) -> None:
        """Let go of the logs."""
        ...


class Memories:
    """Logs in memory, for ranks that are threads."""

    def __init__(self) -> None:
        self._storages: dict[int, MemoryStorage] = {}

    def existing(self) -> list[int]:
        return sorted(self._storages)

    def open(self, rank: int) -> Storage:
        return _Another(self._storages.setdefault(rank, MemoryStorage()))

    def take(self, first: bool) -> str:
        return ""

    def release(self) -> None:
        pass


class _Another(MemoryStorage):
    """A second reader of a storage in memory, with a place of its own in the log."""

    def __init__(self, one: MemoryStorage) -> None:
        super().__init__()
        self._logs, self._lock, self._heartbeats = one._logs, one._lock, one._heartbeats


class Directories:
    """``rank-0000/study.log``, ``rank-0001/study.log`` ... in one directory, each a `JournalStorage`.

    What a rank has written survives any kill. It is not forced onto the disk after each event, so that after a loss of
    power the last moments may be missing, and run again.

    Parameters
    ----------
    directory : on a disk that all ranks see.
    lease : see `JournalStorage`.

    Raises
    ------
    StorageError : a directory cannot be made; a search without ranks has its log there.
    """

    def __init__(self, directory: str | Path, lease: float = LEASE) -> None:
        self.directory = Path(directory)
        self._lease = lease
        self._hold = Hold(self.directory / HOLD)
        if (self.directory / "study.db").exists():
            raise StorageError(
                f"{self.directory / 'study.db'} is the log of a search in one process, which ranks cannot continue. "
                f"Resume it without mpirun, or choose another directory (--log-dir)."
            )

    def existing(self) -> list[int]:
        return logs_of_ranks(self.directory)

    def take(self, first: bool) -> str:
        return "" if self._hold.take(first) else str(self.directory)

    def release(self) -> None:
        self._hold.release()

    def open(self, rank: int) -> Storage:
        from hypersonde.storage.journal import JournalStorage

        home = self.directory / f"rank-{rank:04d}"
        try:
            home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"the directory {home} cannot be made: {error.strerror or error}. Choose another one (--log-dir)."
            ) from error
        return JournalStorage(home / LOG, self._lease)


def logs_of_ranks(directory: Path) -> list[int]:
    """The ranks that have left a log in a directory."""
    return sorted(int(path.parent.name[5:]) for path in directory.glob(f"rank-[0-9]*/{LOG}"))
