"""A finished trial as users of Propulate know it."""

from __future__ import annotations

from typing import Any

from hypersonde.trials import Trial

__all__ = ["Individual"]


class Individual(dict[str, Any]):
    """Parameters by name, and what became of them.

    Attributes
    ----------
    loss : LOWER IS BETTER.
    island : where it was bred.
    number : of the trial in the study's history.
    """

    def __init__(self, trial: Trial) -> None:
        super().__init__(trial.config)
        self.loss = float(trial.values[0])
        self.island = int(trial.why.get("island", 0))
        self.number = trial.number

    def __str__(self) -> str:
        parameters = ", ".join(f"{name}: {_shown(value)}" for name, value in self.items())
        return f"[{parameters}], loss {self.loss:.4g}, island {self.island}, trial {self.number}"


def _shown(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
