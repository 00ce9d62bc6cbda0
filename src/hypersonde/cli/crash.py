"""An error that nobody expected, with the file in which its traceback was kept."""

from __future__ import annotations

from pathlib import Path


class Crash(Exception):
    """Raised from the unexpected error.

    Parameters
    ----------
    path : the file that has the traceback.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path
