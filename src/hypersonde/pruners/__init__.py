"""Third floor: which running trials to stop."""

from hypersonde.pruners.base import Pruner

__all__ = ["Pruner"]
