"""Who is there, in a directory that all writers share: one small file for each owner."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from hypersonde.storage.owners import LEASE, RETIRED, holds

__all__ = ["Presence"]

_RETIRED = "retired"


class Presence:
    """The heartbeats of owners: the time of a file's last change, by the clock of its file system.

    Parameters
    ----------
    home : the directory, made with the first heartbeat.
    lease : seconds after its last heartbeat for which an owner on another machine is taken to be alive.
    """

    def __init__(self, home: Path, lease: float = LEASE) -> None:
        self._home = home
        self._lease = lease

    def beat(self, owner: str) -> None:
        """Say that `owner` is alive."""
        self._say(owner, "alive")

    def retire(self, owner: str) -> None:
        """Say that `owner` holds nothing any more."""
        self._say(owner, _RETIRED)

    def alive(self, owner: str) -> bool:
        """Whether `owner` still holds its trials."""
        said = self._file(owner)
        try:
            beat = RETIRED if said.read_text() == _RETIRED else said.stat().st_mtime
        except FileNotFoundError:
            return holds(owner, None, 0.0, self._lease)
        return holds(owner, beat, self._now(), self._lease)

    def _file(self, owner: str) -> Path:
        return self._home / hashlib.sha256(owner.encode()).hexdigest()[:24]

    def _say(self, owner: str, what: str) -> None:
        path = self._file(owner)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        os.makedirs(self._home, exist_ok=True)
        draft.write_text(what)
        draft.replace(path)

    def _now(self) -> float:
        """Unix time by the clock of the file system, which all machines share."""
        probe = self._home / f".now.{secrets.token_hex(8)}"
        probe.touch()
        now = probe.stat().st_mtime
        probe.unlink()
        return now
