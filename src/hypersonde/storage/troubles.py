"""What a file system says when it fails, as one line that names the place and the way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypersonde.errors import StorageError


@contextmanager
def troubles(place: Path | str) -> Iterator[None]:
    """Errors of the system in here are errors of the storage at a place.

    Raises
    ------
    StorageError : the system refuses something.
    """
    try:
        yield
    except OSError as error:
        raise trouble(place, error) from error


def trouble(place: Path | str, error: OSError) -> StorageError:
    """What an error of the system is at a place, and the way out."""
    file = f" ({error.filename})" if error.filename else ""
    return StorageError(
        f"{place}: {error.strerror or error}{file}. Check the directory, free space, quota and the mount; "
        f"what was recorded stays."
    )
