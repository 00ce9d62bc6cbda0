"""Regularized evolution: the oldest dies, not the worst.

E. Real, A. Aggarwal, Y. Huang and Q. V. Le, Regularized evolution for image classifier architecture search, AAAI 2019,
Algorithm 1. Letters: population size ``P``, sample size ``S``.
"""

from __future__ import annotations

from typing import Any, ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.samplers.evolution.chain import Chain, usual_size
from hypersonde.samplers.evolution.population import Latest
from hypersonde.samplers.evolution.steps import OneMutation, SelectBest, SelectUniform, check_share

__all__ = ["RegularizedEvolution"]


class RegularizedEvolution(Chain):
    """Of `S` drawn from the `P` latest results the best has a child, in which one parameter differs.

    There are no generations: a result joins when it arrives, and the one that arrived first leaves. Best with few
    workers; with many, what arrives late pushes out what it was bred from.

    Parameters
    ----------
    P, S : size of the population and of the sample; by default 50, and a fifth of a search that is planned for less
        than 250 trials; and half of the population.
    jump : probability that a number is drawn anew; else it moves by a normal step. A category becomes another one.
    sigma : largest deviation of a step, as a share of a number's range on its own scale; it is halved up to eight
        times by chance.

    Raises
    ------
    InvalidInput : S not between 1 and P, or a setting outside its range.
    """

    name: ClassVar[str] = "regularized-evolution"
    order_matters: ClassVar[str] = "the population is made of the results that arrived last"

    def __init__(self, P: int | None = None, S: int | None = None, *, jump: float = 0.4, sigma: float = 0.2) -> None:
        self._given: dict[str, Any] = {"P": P, "S": S, "jump": jump, "sigma": sigma}
        P = max(usual_size(), S or 1) if P is None else P
        S = max(1, P // 2) if S is None else S
        if not 1 <= S <= P:
            raise InvalidInput(f"S: got {S!r}, expected a sample of 1 to P = {P} results.")
        check_share("jump", jump)
        if not sigma > 0.0:
            raise InvalidInput(f"sigma must be above 0, got {sigma!r}.")
        super().__init__(P, (SelectUniform(S), SelectBest(1), OneMutation(jump, sigma)), Latest)

    def planned(self, max_evals: int) -> RegularizedEvolution:
        """The same with a population for ``max_evals`` trials, unless its size was given."""
        if self._given["P"] is not None:
            return self
        return RegularizedEvolution(**{**self._given, "P": max(usual_size(max_evals), self._given["S"] or 1)})
