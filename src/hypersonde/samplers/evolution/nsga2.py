"""NSGA-II without generations: several metrics at once.

K. Deb, A. Pratap, S. Agarwal and T. Meyarivan, A fast and elitist multiobjective genetic algorithm: NSGA-II,
IEEE Transactions on Evolutionary Computation 6(2), 2002. In place of generations one child at a time (mu + 1).
"""

from __future__ import annotations

from typing import ClassVar

from hypersonde.samplers.evolution.chain import Chain, usual_size
from hypersonde.samplers.evolution.steps import (
    CrossoverSimulatedBinary,
    PolynomialMutation,
    SelectTournament,
    check_share,
)

__all__ = ["NSGA2"]


class NSGA2(Chain):
    """Binary tournaments by front and crowding, simulated binary crossover, polynomial mutation.

    Categories are taken from one of the parents, and become another one when they mutate.

    Parameters
    ----------
    pop_size : results that survive; by default 50, and a fifth of a search that is planned for less than 250 trials.
    mate_prob : probability that two parents mix.
    eta_c, eta_m : distribution indices of crossover and mutation: the larger, the closer to the parents.
    mut_prob : probability that a parameter mutates; None is one over their number.

    Raises
    ------
    InvalidInput : a probability outside [0, 1].
    """

    name: ClassVar[str] = "nsga2"

    def __init__(
        self,
        pop_size: int | None = None,
        *,
        mate_prob: float = 0.9,
        eta_c: float = 20.0,
        eta_m: float = 20.0,
        mut_prob: float | None = None,
    ) -> None:
        check_share("mate_prob", mate_prob)
        check_share("mut_prob", 0.0 if mut_prob is None else mut_prob)
        steps = (
            SelectTournament(2, rivals=2),
            CrossoverSimulatedBinary(mate_prob, eta_c),
            PolynomialMutation(mut_prob, eta_m),
        )
        self._settled = pop_size is not None
        super().__init__(usual_size() if pop_size is None else pop_size, steps)

    def planned(self, max_evals: int) -> NSGA2:
        """The same with a population for ``max_evals`` trials, unless its size was given."""
        return self if self._settled else self.resized(usual_size(max_evals))
