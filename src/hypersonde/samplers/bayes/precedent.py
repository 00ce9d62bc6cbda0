"""Another study as something to learn from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypersonde.columns import Array
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.lessons import Lessons
from hypersonde.trials import History

__all__ = ["Precedent"]


@dataclass(frozen=True, slots=True, eq=False)
class Precedent:
    """What another study tried and measured. Its space may differ: parameters are matched by name.

    Attributes
    ----------
    name : how it is called in records.
    configs : n configurations.
    losses : (n,) by metric, LOWER IS BETTER; NaN where a trial has no value.
    """

    name: str
    configs: tuple[Mapping[str, Any], ...]
    losses: Mapping[str, Array]

    @classmethod
    def of(cls, history: History, name: str) -> Precedent:
        """All trials of another study that ended."""
        lessons = Lessons.of(history)
        configs = tuple(dict(history[i].config) for i in lessons.numbers.tolist())
        return cls(name, configs, {m.name: lessons.losses[:, j] for j, m in enumerate(history.metrics)})

    def known(self, encoding: Encoding, metric: str) -> tuple[Array, Array]:
        """Rows (k, D) in the columns of a space, see `Encoding.place`, and finite losses (k,) of a metric."""
        losses = self.losses.get(metric, np.full(len(self.configs), np.nan))
        told = np.flatnonzero(np.isfinite(losses))
        return encoding.place([self.configs[i] for i in told]), losses[told]

    def complaint(self, encoding: Encoding, metrics: Iterable[str]) -> str | None:
        """Why nothing can be learned from it for a space and metrics; None when something can."""
        names = list(metrics)
        if not set(names) & set(self.losses):
            return f"its metrics are {sorted(self.losses)!r}, here {names!r}. Metrics are matched by name"
        if np.isnan(encoding.place(self.configs)).all():
            return (
                f"it has no parameter in common with this search: {list(encoding.columns.names)!r} here, "
                f"{sorted(set().union(*self.configs))!r} there. Parameters are matched by name"
            )
        return None

    def shared(self, names: Iterable[str]) -> list[str]:
        """Which of the parameters ``names`` it has varied or fixed, too."""
        own = set().union(*self.configs) if self.configs else set()
        return [name for name in names if name in own]
