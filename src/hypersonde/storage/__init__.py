"""Third floor: where the log of events is kept."""

from hypersonde.storage.base import Header, Storage

__all__ = ["Header", "Storage"]
