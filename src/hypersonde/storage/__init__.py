"""Third floor: where the log of events is kept.

The databases are loaded when they are first used: SQLAlchemy costs more than all the rest of this package.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from hypersonde.storage.base import Header, Storage
from hypersonde.storage.memory import MemoryStorage
from hypersonde.storage.owners import HEARTBEAT, LEASE, new_owner
from hypersonde.storage.places import open_storage

if TYPE_CHECKING:
    from hypersonde.storage.merging import merge
    from hypersonde.storage.spool import SpoolStorage
    from hypersonde.storage.sql import SqlStorage
    from hypersonde.storage.transfer import copy

__all__ = [
    "HEARTBEAT",
    "LEASE",
    "Header",
    "MemoryStorage",
    "SpoolStorage",
    "SqlStorage",
    "Storage",
    "copy",
    "merge",
    "new_owner",
    "open_storage",
]

_LATE = {
    "SpoolStorage": "hypersonde.storage.spool",
    "SqlStorage": "hypersonde.storage.sql",
    "copy": "hypersonde.storage.transfer",
    "merge": "hypersonde.storage.merging",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'hypersonde.storage' has no attribute {name!r}")
    return getattr(importlib.import_module(_LATE[name]), name)
