"""Stop a trial that is worse than most complete ones were at the same step."""

from __future__ import annotations

import math
from typing import ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.pruners.base import Pruner
from hypersonde.pruners.curves import Curves, CurvesOf
from hypersonde.trials import History, State, Trial


class Percentile(Pruner):
    """Goes on while the best value so far is among the best `keep` percent of those at the same step.

    Compared are the complete trials, each with its best value when it got to that step, as in Golovin et
    al. 2017, "Google Vizier", section 3.2, with the best in place of the mean.

    Parameters
    ----------
    keep : percent of the trials to let go on, in (0, 100).
    startup : so many complete trials must have got to the step before anything is stopped.
    warmup : nothing is stopped before this step.

    Raises
    ------
    InvalidInput : a setting outside its range.
    """

    name: ClassVar[str] = "percentile"

    def __init__(self, keep: float = 25.0, startup: int = 5, warmup: int = 0) -> None:
        if not 0 < keep < 100:
            raise InvalidInput(f"pruner {self.name}: keep is a percentage in (0, 100), got {keep!r}. Use 25.")
        if startup < 1:
            raise InvalidInput(f"pruner {self.name}: startup is a number of trials, 1 or more, got {startup!r}. Use 5.")
        self.keep, self.startup, self.warmup = keep, startup, warmup
        self._curves = CurvesOf(lambda: Curves(states=(State.COMPLETE,)))

    def should_stop(self, history: History, trial: Trial) -> bool:
        step = max((m.step for m in trial.measurements), default=-math.inf)
        if step < self.warmup or not trial.measurements:
            return False
        standing = self._curves(history).standing(history, trial, step)
        if standing is None or standing.others < self.startup:
            return False
        return standing.better >= math.ceil(standing.others * self.keep / 100)
