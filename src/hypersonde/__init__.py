"""HyperSonde: asynchronous search of hyperparameters and neural architectures.

Every public name is loaded when it is first used, so that ``import hypersonde`` costs next to nothing in
the many worker processes that never need more than the run function.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "HpProblem": "hypersonde.problem",
    "Metric": "hypersonde.trials",
    "Trial": "hypersonde.trials",
    "History": "hypersonde.trials",
    "State": "hypersonde.trials",
    "Study": "hypersonde.study",
}

__all__ = ["__version__", *_PUBLIC]


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'hypersonde' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
