"""What one suggestion is after: an acquisition function, and where it applies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

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
    avoid : only peaks outside of it count; None for no such place.
    """

    name: str
    criterion: Criterion
    elites: Array
    avoid: Basin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Aims:
    """The aims that suggestions draw from: improvement, a random confidence bound, another basin.

    Attributes
    ----------
    belief : before anything is assumed about pending rows.
    basin : around the best, when half of the suggestions should look elsewhere; None when not.
    outside : indices of the elites outside that basin.
    """

    bound_odds: ClassVar[float] = 0.25
    """Probability of a confidence bound rather than improvement."""

    belief: Belief
    basin: Basin | None
    outside: npt.NDArray[np.int64]

    @classmethod
    def of(cls, belief: Belief, stalled: bool) -> Aims:
        """What a ``belief`` suggests to look for; elsewhere too when ``stalled`` and something was seen there."""
        basin = Basin.around(belief.posterior, belief.elites[0])
        outside = np.flatnonzero(~basin.contains(belief.elites)) if stalled else np.empty(0, dtype=np.int64)
        return cls(belief, basin if len(outside) >= _FEW else None, outside)

    def draw(self, posterior: Posterior, rng: np.random.Generator) -> Aim:
        """An aim on a ``posterior`` that believes in what is pending.

        Kappa is exponential with mean 1: one of its own for every suggestion spreads what many workers try at
        once (Hutter et al. 2012).
        """
        elites, means = self.belief.elites, self.belief.means
        if self.basin is not None and rng.random() < 0.5:
            best = float(means[self.outside[0]])
            return Aim("gp-elsewhere", Criterion(posterior, best), elites[self.outside], self.basin)
        if rng.random() < self.bound_odds:
            return Aim("gp-lcb", Criterion(posterior, float(means[0]), float(rng.exponential(1.0))), elites)
        return self.improvement(posterior)

    def improvement(self, posterior: Posterior) -> Aim:
        """On the lowest predicted mean."""
        return Aim("gp-ei", Criterion(posterior, float(self.belief.means[0])), self.belief.elites)
