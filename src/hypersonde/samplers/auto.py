"""The default sampler: a Gaussian process that looks after itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from hypersonde.errors import InvalidInput
from hypersonde.models.gp import Prior
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.bayes.breeder import Breeder
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.head_start import shortened
from hypersonde.samplers.bayes.memory import Memory
from hypersonde.samplers.bayes.moment import Choice, Moment
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.precedent import Precedent
from hypersonde.samplers.bayes.teachers import Expectation
from hypersonde.trials import History

__all__ = ["Auto", "first_points"]

_FEWEST = 3
"""Values that a model needs before it is asked."""


@dataclass(eq=False)
class Auto(Sampler):
    """Suggests by a Gaussian process after a short quasirandom start, whatever the space, noise or scale.

    How it chooses, and what each ingredient is worth: ``docs/search/how_the_default_chooses.md``.

    Attributes
    ----------
    initial : evaluations before the model is asked; by default `first_points` of the number of parameters.
    prior : beliefs about the model's hyperparameters.
    budget : sizes that bound the cost of a suggestion.
    precedents : other studies to learn from, each as far as it agrees with what is seen here.
    again : whether what looks best may be tried again where its value is in doubt. One trial in twenty to sixty
        tells whether results are noisy at all, and none does where the model sees no noise.
    max_evals : the number of trials planned, by default ``max_evals`` of the search. From 1,000 trials on, eight of
        ten suggestions for one loss come from differential evolution, whose population shrinks until then. (For
        several losses it is NSGA-II, from 300 trials on, which needs no number.)
    """

    name: ClassVar[str] = "auto"
    order_matters: ClassVar[str] = "hyperparameters are fitted to the trials that finished first"

    initial: int | None = None
    prior: Prior = field(default_factory=Prior)
    budget: Budget = field(default_factory=Budget)
    precedents: Sequence[Precedent] = ()
    again: bool = True
    max_evals: int | None = None
    _breeder: Breeder = field(init=False, repr=False)
    _memories: WeakKeyDictionary[History, Memory] = field(init=False, repr=False, default_factory=WeakKeyDictionary)

    def __post_init__(self) -> None:
        if self.initial is not None and self.initial < 1:
            raise InvalidInput(f"Auto: initial must be at least 1, got {self.initial!r}.")
        self._breeder = Breeder(self.max_evals)

    def planned(self, max_evals: int) -> Auto:
        """The same for ``max_evals`` trials, unless it knows how many already."""
        return self if self.max_evals is not None else replace(self, max_evals=max(max_evals, 1))

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        memory, novelty = self._memory(history), Novelty(history)
        moment = Moment(history, memory, self._breeder, self.budget, novelty, self.again, rng)
        choices: list[Choice] = []
        expected = moment.memory.expectation(len(history) // 2)
        initial = self._initial(history, expected)
        if moment.memory.successes < _FEWEST:
            choices += moment.designed(count, expected)
        else:
            choices += moment.designed(min(count, max(0, initial - len(history))), expected)
            choices += moment.bred(count - len(choices))
            if moment.hurried(count - len(choices)):
                choices += moment.evolved(count - len(choices))
            choices += moment.modelled(count - len(choices), choices)
        if not choices:
            choices = moment.drawn(count)
        configs = history.problem.encoding.decode(np.array([choice.x for choice in choices]))
        return [Suggestion(config, choice.why) for config, choice in zip(configs, choices, strict=True)]

    def _initial(self, history: History, expected: Expectation | None) -> int:
        """Trials before the model is asked; fewer, the more other studies agree with what is seen here."""
        if self.initial is not None:
            return self.initial
        initial = first_points(len(history.problem.encoding.columns))
        return initial if expected is None else shortened(initial, expected.trust)

    def _memory(self, history: History) -> Memory:
        memory = self._memories.get(history)
        if memory is None:
            memory = self._memories[history] = Memory.of(history, self.prior, self.budget, self.precedents)
        memory.follow(history)
        return memory


def first_points(width: int) -> int:
    """How many trials a search over ``width`` parameters starts with before a model is asked.

    >>> [first_points(d) for d in (1, 2, 5, 20)]
    [4, 8, 16, 22]
    """
    return max(width + 2, min(16, 4 * width))
