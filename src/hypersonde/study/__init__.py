"""Fourth floor: the loop, and the study that owns it.

Names load on first use: a worker needs `hypersonde.study.evaluate` and nothing else of this floor.
"""

from __future__ import annotations

import importlib
from typing import Any

_PUBLIC = {
    "Ending": "hypersonde.study.study",
    "OBJECTIVE": "hypersonde.study.study",
    "Observer": "hypersonde.study.ledger",
    "Reason": "hypersonde.study.stopping",
    "RunningTrial": "hypersonde.study.running_trial",
    "Study": "hypersonde.study.study",
}

__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'hypersonde.study' has no attribute {name!r}")
    return getattr(importlib.import_module(_PUBLIC[name]), name)
