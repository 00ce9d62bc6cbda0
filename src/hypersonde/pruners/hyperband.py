"""Hyperband: successive halving at several degrees of haste side by side."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.pruners.base import Pruner
from hypersonde.pruners.curves import Curves, CurvesOf
from hypersonde.pruners.successive_halving import check_halving, outclassed
from hypersonde.trials import History, Trial

_GOLDEN = (math.sqrt(5) - 1) / 2


class Hyperband(Pruner):
    """Each trial belongs to a bracket by its number, and competes in it under asynchronous halving.

    Li et al. 2018, "Hyperband", arXiv 1603.06560: bracket s = s_max ... 0, s_max = floor(log_η(R/r)), begins
    with n_s = ceil((s_max + 1) η^s / (s + 1)) configurations at the step R η^-s (algorithm 1), so the hasty
    brackets get most trials. The numbers are dealt to brackets in these shares, evenly mixed.

    Parameters
    ----------
    max_resource : R, the step at which a trial is complete.
    min_resource : r, the lowest step at which a trial may be stopped, 1 or more.
    reduction_factor : η, more than 1.

    Raises
    ------
    InvalidInput : a setting outside its range.
    """

    name: ClassVar[str] = "hyperband"

    def __init__(self, max_resource: int, min_resource: int = 1, reduction_factor: float = 3) -> None:
        check_halving(self.name, min_resource, reduction_factor)
        if max_resource < min_resource:
            raise InvalidInput(
                f"pruner {self.name}: max_resource is a step, {min_resource!r} or more, got {max_resource!r}."
            )
        self.max_resource, self.min_resource, self.reduction_factor = max_resource, min_resource, reduction_factor
        s_max = math.floor(math.log(max_resource / min_resource, reduction_factor) + 1e-9)
        self._haste = range(s_max, -1, -1)
        self._shares = list(accumulate(math.ceil((s_max + 1) * reduction_factor**s / (s + 1)) for s in self._haste))
        self._curves = [CurvesOf(self._members(b)) for b in self._haste]

    def _members(self, s: int) -> Callable[[], Curves]:
        return lambda: Curves(member=lambda number: self.bracket(number) == s)

    def bracket(self, number: int) -> int:
        """The bracket s of the trial with this number: the higher, the earlier it may be stopped."""
        place = (number * _GOLDEN % 1.0) * self._shares[-1]
        return self._haste[bisect_right(self._shares, place)]

    def should_stop(self, history: History, trial: Trial) -> bool:
        s = self.bracket(trial.number)
        if s == 0:
            return False
        curves = self._curves[self._haste.index(s)](history)
        lowest = self.max_resource / self.reduction_factor**s
        return outclassed(curves, history, trial, lowest, self.reduction_factor)
