"""Regularized evolution: the oldest dies, not the worst.

E. Real, A. Aggarwal, Y. Huang and Q. V. Le, Regularized evolution for image classifier architecture search, AAAI 2019,
Algorithm 1. Letters: population size ``P``, sample size ``S``.
"""

from __future__ import annotations

from typing import ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.samplers.evolution.chain import Chain
from hypersonde.samplers.evolution.population import Latest
from hypersonde.samplers.evolution.steps import OneMutation, SelectBest, SelectUniform, check_share

__all__ = ["RegularizedEvolution"]


class RegularizedEvolution(Chain):
    """Of `S` drawn from the `P` latest results the best has a child, in which one parameter differs.

    There are no generations: a result joins when it arrives, and the one that arrived first leaves. Best with few
    workers; with many, what arrives late pushes out what it was bred from.

    Parameters
    ----------
    P, S : size of the population and of the sample.
    jump : probability that a number is drawn anew; else it moves by a normal step. A category becomes another one.
    sigma : largest deviation of a step, as a share of a number's range on its own scale; it is halved up to eight
        times by chance.

    Raises
    ------
    InvalidInput : S not between 1 and P, or a setting outside its range.
    """

    name: ClassVar[str] = "regularized-evolution"
    order_matters: ClassVar[str] = "the population is made of the results that arrived last"

    def __init__(self, P: int = 50, S: int = 25, *, jump: float = 0.4, sigma: float = 0.2) -> None:
        if not 1 <= S <= P:
            raise InvalidInput(f"S: got {S!r}, expected a sample of 1 to P = {P} results.")
        check_share("jump", jump)
        if not sigma > 0.0:
            raise InvalidInput(f"sigma must be above 0, got {sigma!r}.")
        super().__init__(P, (SelectUniform(S), SelectBest(1), OneMutation(jump, sigma)), Latest)
