"""Third floor: what to try next. Every sampler is loaded when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypersonde.samplers.ambs import AMBS
    from hypersonde.samplers.auto import Auto
    from hypersonde.samplers.base import Sampler, Suggestion
    from hypersonde.samplers.evolution.genetic import GA
    from hypersonde.samplers.grid import Grid
    from hypersonde.samplers.quasirandom import QuasiRandom
    from hypersonde.samplers.random import Random

__all__ = ["AMBS", "Auto", "GA", "Grid", "QuasiRandom", "Random", "Sampler", "Suggestion"]

_PUBLIC = {
    "AMBS": "hypersonde.samplers.ambs",
    "Auto": "hypersonde.samplers.auto",
    "GA": "hypersonde.samplers.evolution.genetic",
    "Grid": "hypersonde.samplers.grid",
    "QuasiRandom": "hypersonde.samplers.quasirandom",
    "Random": "hypersonde.samplers.random",
    "Sampler": "hypersonde.samplers.base",
    "Suggestion": "hypersonde.samplers.base",
}


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'hypersonde.samplers' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
