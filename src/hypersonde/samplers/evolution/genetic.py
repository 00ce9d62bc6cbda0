"""A genetic search without generations: whoever is free breeds from the best of all results so far."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.problem import Encoding
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.distinct import distinct
from hypersonde.samplers.evolution import crossover, mutation, selection
from hypersonde.samplers.lessons import Lessons, weigh
from hypersonde.trials import History

__all__ = ["GA"]


class GA(Sampler):
    """Asynchronous steady-state genetic search (Alba and Troya 2001).

    The population is the ``pop_size`` best results; parents win tournaments in it, their genes mix, some mutate.

    Parameters
    ----------
    pop_size : results that may breed; before there are as many, configurations are drawn from the space.
    mate_prob : probability of mixing two parents; a child of one parent always mutates.
    mut_prob : probability that a mixed child mutates, too.
    random_prob : probability of a draw from the space instead of a child, so that nothing is ruled out for good.
    sigma : deviation of a mutation, as a share of a parameter's range on its own scale.
    rivals : how many compete in a tournament.
    """

    name: ClassVar[str] = "ga"

    def __init__(
        self,
        pop_size: int = 32,
        *,
        mate_prob: float = 0.7,
        mut_prob: float = 0.4,
        random_prob: float = 0.1,
        sigma: float = 0.1,
        rivals: int = 3,
    ) -> None:
        for what, count in (("pop_size", pop_size), ("rivals", rivals)):
            if count < 1:
                raise InvalidInput(f"GA: {what} must be at least 1, got {count!r}.")
        for what, share in (("mate_prob", mate_prob), ("mut_prob", mut_prob), ("random_prob", random_prob)):
            if not 0.0 <= share <= 1.0:
                raise InvalidInput(f"GA: {what} is a probability in [0, 1], got {share!r}.")
        if not sigma > 0.0:
            raise InvalidInput(f"GA: sigma must be above 0, got {sigma!r}.")
        self._pop_size, self._rivals, self._sigma = pop_size, rivals, sigma
        self._mate_prob, self._mut_prob, self._random_prob = mate_prob, mut_prob, random_prob

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        encoding = history.problem.encoding
        rows, losses = self._population(history, rng)

        def draw(n: int) -> Array:
            return self._brood(rows, losses, n, encoding, rng) if len(rows) else encoding.sample(n, rng)

        return [Suggestion(config) for config in encoding.decode(distinct(history, count, draw))]

    def _population(self, history: History, rng: np.random.Generator) -> tuple[Array, Array]:
        """Rows (p, D) and losses (p,) of those that may breed; none before there are ``pop_size`` results."""
        lessons = Lessons.of(history)
        order = np.argsort(lessons.numbers)
        numbers, losses = lessons.numbers[order], lessons.losses[order]
        valued = ~np.isnan(losses).any(axis=1)
        if valued.sum() < self._pop_size:
            return history.X[:0], np.zeros(0)
        numbers, y = numbers[valued], weigh(losses[valued], rng)
        fittest = selection.best(y, self._pop_size)
        return history.X[numbers[fittest]], y[fittest]

    def _brood(self, rows: Array, losses: Array, n: int, encoding: Encoding, rng: np.random.Generator) -> Array:
        """``n`` allowed rows: children of the population (p, D) and, for those ruled out and some, fresh draws."""
        X = encoding.sample(n, rng)
        children = self._children(rows, losses, n, encoding, rng)
        born = (rng.random(n) >= self._random_prob) & encoding.allowed(children)
        X[born] = children[born]
        return X

    def _children(self, rows: Array, losses: Array, n: int, encoding: Encoding, rng: np.random.Generator) -> Array:
        """``n`` settled rows, some of them ruled out perhaps."""
        columns = encoding.columns
        mothers, fathers = (
            mutation.complete(rows[selection.tournament(losses, n, rng, self._rivals)], encoding, rng) for _ in range(2)
        )
        mates = rng.random(n) < self._mate_prob
        X = np.where(mates[:, None], crossover.uniform(mothers, fathers, rng), mothers)
        mutates = ~mates | (rng.random(n) < self._mut_prob)
        counts = 1 + rng.binomial(len(columns) - 1, 1.0 / len(columns), size=n)
        which = mutation.some_columns(encoding.activate(X), counts, columns, rng) & mutates[:, None]
        return mutation.settle(mutation.step(X, which, self._sigma, columns, rng), encoding)
