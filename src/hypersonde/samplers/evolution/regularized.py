"""Regularized evolution: the oldest dies, not the worst.

E. Real, A. Aggarwal, Y. Huang and Q. V. Le, Regularized evolution for image classifier architecture search, AAAI 2019,
Algorithm 1. Letters: population size ``P``, sample size ``S``.
"""

from __future__ import annotations

from typing import ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.samplers.evolution.chain import Chain
from hypersonde.samplers.evolution.population import Latest
from hypersonde.samplers.evolution.steps import OneMutation, SelectBest, SelectUniform

__all__ = ["RegularizedEvolution"]


class RegularizedEvolution(Chain):
    """Of `S` drawn from the `P` latest results the best has a child, in which one parameter differs.

    A category becomes another one; a number moves by a step whose deviation is between a thousandth and `sigma` of
    its range. There are no generations: a result joins when it arrives, and the one that arrived first leaves.

    Raises
    ------
    InvalidInput : P below 1, or S not between 1 and P.
    """

    name: ClassVar[str] = "regularized-evolution"
    order_matters: ClassVar[str] = "the population is made of the results that arrived last"

    def __init__(self, P: int = 100, S: int = 25, *, sigma: float = 0.25) -> None:
        if not 1 <= S <= max(P, 1):
            raise InvalidInput(f"S: got {S!r}, expected a sample of 1 to P = {P} results.")
        super().__init__(P, [SelectUniform(S), SelectBest(1), OneMutation(sigma)], Latest)
