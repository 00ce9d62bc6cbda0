"""Asynchronous successive halving: of those that get to a rung, the best share may climb on."""

from __future__ import annotations

import math
from typing import ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.pruners.base import Pruner
from hypersonde.pruners.curves import Curves, CurvesOf
from hypersonde.trials import History, Trial


class SuccessiveHalving(Pruner):
    """ASHA without a manager of brackets: a trial goes on while it is in the top 1/η of its highest rung.

    Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning", arXiv 1810.05934. The rungs are
    the steps r·η^(s+k), k = 0, 1, 2 ... Compared are all trials, running ones included, by their best value
    when they got to the rung. A trial is compared again at every later report, so that one that climbed
    among the first gives way when better ones have arrived; nobody waits for a rung to fill.

    Parameters
    ----------
    min_resource : r, the step of the lowest rung, 1 or more.
    reduction_factor : η, more than 1; also how many trials must be at a rung before one is stopped there.
    min_early_stopping_rate : s, how many of the lowest rungs to leave out.

    Raises
    ------
    InvalidInput : a setting outside its range.
    """

    name: ClassVar[str] = "successive-halving"

    def __init__(self, min_resource: int = 1, reduction_factor: float = 4, min_early_stopping_rate: int = 0) -> None:
        check_halving(self.name, min_resource, reduction_factor)
        if min_early_stopping_rate < 0:
            raise InvalidInput(
                f"pruner {self.name}: min_early_stopping_rate is a number of rungs, 0 or more, "
                f"got {min_early_stopping_rate!r}. Use 0."
            )
        self.min_resource, self.reduction_factor = min_resource, reduction_factor
        self.min_early_stopping_rate = min_early_stopping_rate
        self._lowest = min_resource * reduction_factor**min_early_stopping_rate
        self._curves = CurvesOf(Curves)

    def should_stop(self, history: History, trial: Trial) -> bool:
        return outclassed(self._curves(history), history, trial, self._lowest, self.reduction_factor)


def check_halving(name: str, min_resource: float, reduction_factor: float) -> None:
    """Refuse settings with which there are no rungs.

    Raises
    ------
    InvalidInput : `min_resource` below 1, `reduction_factor` not above 1.
    """
    if min_resource < 1:
        raise InvalidInput(f"pruner {name}: min_resource is a step, 1 or more, got {min_resource!r}. Use 1.")
    if not reduction_factor > 1:
        raise InvalidInput(f"pruner {name}: reduction_factor is more than 1, got {reduction_factor!r}. Use 4.")


def outclassed(curves: Curves, history: History, trial: Trial, lowest: float, eta: float) -> bool:
    """Whether a running trial is out of the top 1/η of the highest rung that it got to."""
    step = max((m.step for m in trial.measurements), default=0)
    if step < lowest:
        return False
    standing = curves.standing(history, trial, highest_rung(step, lowest, eta))
    if standing is None or standing.others + 1 < eta:
        return False
    return standing.better >= max(1, math.floor((standing.others + 1) / eta))


def highest_rung(step: float, lowest: float, eta: float) -> float:
    """The greatest lowest·η^k, k = 0, 1, 2 ..., that is not above `step`.

    >>> [highest_rung(step, 1, 3) for step in (1, 2, 3, 26, 27)]
    [1, 1, 3, 9, 27]
    """
    rung = lowest
    while rung * eta <= step:
        rung *= eta
    return rung
