"""How several suggestions from one model are kept apart: by lies, or by what is drawn for each of them.

==========  ===========================================================================================
word        what becomes of the model after a pick, and how the next one is made
==========  ===========================================================================================
cl_max ...  it is told a lie about it, and about all that is pending (see `hypersonde.samplers.ambs.liar`)
topk        nothing; the next is the next best
boltzmann   nothing; drawn, with odds that grow exponentially with the score, 1 deviation of all scores e-fold
qUCB        nothing; each has a kappa of its own, exponential with mean ``kappa`` (Hutter et al. 2012)
==========  ===========================================================================================
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hypersonde.columns import Array
from hypersonde.samplers.ambs.acquisitions import LCB, Acquisition
from hypersonde.samplers.ambs.liar import LIES, Lie

__all__ = ["STRATEGIES", "Strategy"]


@dataclass(frozen=True, slots=True)
class Strategy:
    """What is done between the picks of a batch.

    Attributes
    ----------
    lie : what pending trials and earlier picks are taken to be; None to leave the model alone.
    drawn : whether a candidate is drawn by its score instead of taken for it.
    own_kappa : whether every pick has a kappa of its own.
    """

    lie: Lie | None = None
    drawn: bool = False
    own_kappa: bool = False

    def member(self, score: Acquisition, rng: np.random.Generator) -> Acquisition:
        """An acquisition function as it is for one pick."""
        if self.own_kappa and isinstance(score, LCB):
            return replace(score, kappa=float(rng.exponential(score.kappa)))
        return score

    def pick(self, scores: Array, rng: np.random.Generator) -> int:
        """Which of the candidates with these scores (n,) is taken."""
        if not self.drawn:
            return int(np.argmax(scores))
        spread = float(scores.std()) or 1.0
        odds = np.exp((scores - scores.max()) / spread)
        return int(rng.choice(len(odds), p=odds / odds.sum()))


STRATEGIES: Final[Mapping[str, Strategy]] = {
    **{name: Strategy(lie) for name, lie in LIES.items()},
    "topk": Strategy(),
    "boltzmann": Strategy(drawn=True),
    "qUCB": Strategy(own_kappa=True),
}
"""Which strategy a word stands for."""
