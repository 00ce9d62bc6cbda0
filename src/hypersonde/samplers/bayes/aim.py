"""What one suggestion is after: an acquisition function, and where it applies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp import Posterior
from hypersonde.samplers.bayes.belief import Belief
from hypersonde.samplers.bayes.criterion import Criterion
from hypersonde.samplers.bayes.elsewhere import Basin

__all__ = ["Aim", "Aims"]

_FEW = 2


@dataclass(frozen=True, slots=True, eq=False)
class Aim:
    """One way of looking at the candidates.

    Attributes
    ----------
    name : of the proposer, for the record.
    criterion : what is to be high.
    elites : (k, D) rows around which to look, best first.
    avoid : no candidate inside it counts; None for no such place.
    """

    name: str
    criterion: Criterion
    elites: Array
    avoid: Basin | None = None

    def masked(self, X: Array, values: Array) -> Array:
        """The ``values`` (n,) with -inf at the rows ``X`` (n, D) that do not count."""
        return values if self.avoid is None else np.where(self.avoid.contains(X), -np.inf, values)


@dataclass(frozen=True, slots=True, eq=False)
class Aims:
    """The aims that suggestions draw from: improvement, a random confidence bound, another basin.

    Attributes
    ----------
    belief : before anything is assumed about pending rows.
    stalled : whether half of the suggestions should look elsewhere than around the best.
    """

    bound_odds: ClassVar[float] = 0.5
    """Probability of a confidence bound rather than improvement."""

    belief: Belief
    stalled: bool

    def draw(self, posterior: Posterior, rng: np.random.Generator) -> Aim:
        """An aim on a ``posterior`` that believes in what is pending.

        Kappa is exponential with mean 1: one of its own for
        every suggestion spreads what many workers try at once (Hutter et al. 2012).
        """
        if self.stalled and rng.random() < 0.5 and (aim := self._elsewhere(posterior)) is not None:
            return aim
        elites, best = self.belief.elites, float(self.belief.means[0])
        if rng.random() < self.bound_odds:
            return Aim("gp-lcb", Criterion(posterior, best, float(rng.exponential(1.0))), elites)
        return Aim("gp-ei", Criterion(posterior, best), elites)

    def _elsewhere(self, posterior: Posterior) -> Aim | None:
        """Improvement on the best point outside the basin of the very best; None when hardly any was seen there."""
        basin = Basin.around(posterior, self.belief.elites[0])
        outside = np.flatnonzero(~basin.contains(self.belief.elites))
        if len(outside) < _FEW:
            return None
        criterion = Criterion(posterior, float(self.belief.means[outside[0]]))
        return Aim("gp-elsewhere", criterion, self.belief.elites[outside], basin)
