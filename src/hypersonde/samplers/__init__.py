"""Third floor: what to try next. Every sampler is loaded when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypersonde.samplers.ambs import AMBS
    from hypersonde.samplers.auto import Auto
    from hypersonde.samplers.base import Sampler, Suggestion
    from hypersonde.samplers.bayes.precedent import Precedent
    from hypersonde.samplers.cmaes import CMAES
    from hypersonde.samplers.evolution.differential import DifferentialEvolution
    from hypersonde.samplers.evolution.genetic import GA
    from hypersonde.samplers.evolution.islands import Islands
    from hypersonde.samplers.evolution.nelder_mead import NelderMead
    from hypersonde.samplers.evolution.nsga2 import NSGA2
    from hypersonde.samplers.evolution.pso import PSO
    from hypersonde.samplers.evolution.regularized import RegularizedEvolution
    from hypersonde.samplers.grid import Grid
    from hypersonde.samplers.quasirandom import QuasiRandom
    from hypersonde.samplers.random import Random
    from hypersonde.samplers.thompson import Thompson
    from hypersonde.samplers.tpe import TPE

__all__ = [
    "AMBS",
    "CMAES",
    "GA",
    "NSGA2",
    "PSO",
    "TPE",
    "Auto",
    "DifferentialEvolution",
    "Grid",
    "Islands",
    "NelderMead",
    "Precedent",
    "QuasiRandom",
    "Random",
    "RegularizedEvolution",
    "Sampler",
    "Suggestion",
    "Thompson",
]

_PUBLIC = {
    "AMBS": "hypersonde.samplers.ambs",
    "CMAES": "hypersonde.samplers.cmaes",
    "TPE": "hypersonde.samplers.tpe",
    "Thompson": "hypersonde.samplers.thompson",
    "Auto": "hypersonde.samplers.auto",
    "DifferentialEvolution": "hypersonde.samplers.evolution.differential",
    "PSO": "hypersonde.samplers.evolution.pso",
    "NelderMead": "hypersonde.samplers.evolution.nelder_mead",
    "RegularizedEvolution": "hypersonde.samplers.evolution.regularized",
    "NSGA2": "hypersonde.samplers.evolution.nsga2",
    "GA": "hypersonde.samplers.evolution.genetic",
    "Islands": "hypersonde.samplers.evolution.islands",
    "Grid": "hypersonde.samplers.grid",
    "Precedent": "hypersonde.samplers.bayes.precedent",
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
