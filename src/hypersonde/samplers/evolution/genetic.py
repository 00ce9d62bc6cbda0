"""A genetic search without generations: whoever is free breeds from the best of all results so far."""

from __future__ import annotations

from typing import ClassVar

from hypersonde.errors import InvalidInput
from hypersonde.samplers.evolution.chain import Chain
from hypersonde.samplers.evolution.steps import (
    CrossoverUniform,
    OneMutation,
    RandomInit,
    SelectTournament,
    check_share,
)

__all__ = ["GA"]

_HALVINGS = 4.0


class GA(Chain):
    """Asynchronous steady-state genetic search (Alba and Troya 2001), with the settings of Propulate's default chain.

    Two of the ``pop_size`` best results, winners of tournaments, mix; one parameter of their child is drawn anew or
    moves; and now and then a draw from the space takes the child's place. Every kind of parameter takes part.

    Parameters
    ----------
    pop_size : results that may breed; before there are as many, configurations are drawn from the space.
    mate_prob : probability of mixing two parents (``crossover_prob``).
    mut_prob : probability that one parameter of the child is drawn anew (``mutation_prob``); else one moves a little,
        a category to another one.
    random_prob : probability of a draw from the space, so that nothing is ruled out for good (``random_init_prob``).
    sigma : largest deviation of a move, as a share of a parameter's range on its own scale (``sigma_factor``); it is
        halved up to four times by chance.
    rivals : how many compete in a tournament; 1 draws parents from the population at random.

    Raises
    ------
    InvalidInput : a setting outside its range.
    """

    name: ClassVar[str] = "ga"

    def __init__(
        self,
        pop_size: int = 16,
        *,
        mate_prob: float = 0.7,
        mut_prob: float = 0.4,
        random_prob: float = 0.1,
        sigma: float = 0.05,
        rivals: int = 3,
    ) -> None:
        for what, share in (("mate_prob", mate_prob), ("mut_prob", mut_prob), ("random_prob", random_prob)):
            check_share(f"GA: {what}", share)
        if rivals < 1:
            raise InvalidInput(f"GA: rivals must be at least 1, got {rivals!r}.")
        if not sigma > 0.0:
            raise InvalidInput(f"GA: sigma must be above 0, got {sigma!r}.")
        steps = (
            SelectTournament(2, rivals),
            CrossoverUniform(mate_prob),
            OneMutation(mut_prob, sigma, _HALVINGS),
            RandomInit(random_prob),
        )
        super().__init__(pop_size, steps)
