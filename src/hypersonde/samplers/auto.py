"""The default sampler: a Gaussian process that looks after itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import NothingToSuggest
from hypersonde.models.gp import Prior
from hypersonde.samplers.base import AGAIN, Sampler, Suggestion
from hypersonde.samplers.bayes.aim import Aims
from hypersonde.samplers.bayes.belief import Belief
from hypersonde.samplers.bayes.breeder import BOWL, Breeder
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.compromise import Compromise, Compromises
from hypersonde.samplers.bayes.demand import affordable
from hypersonde.samplers.bayes.density import dense
from hypersonde.samplers.bayes.design import design
from hypersonde.samplers.bayes.evolution import children
from hypersonde.samplers.bayes.head_start import LEAST_TRUST, bets, recommend, shortened
from hypersonde.samplers.bayes.memory import FEW, Memory
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.precedent import Precedent
from hypersonde.samplers.bayes.proposal import Proposal, Proposer
from hypersonde.samplers.bayes.teachers import Expectation
from hypersonde.samplers.evolution.bowl import lowest, rows_needed
from hypersonde.samplers.evolution.mutation import settle
from hypersonde.trials import History, Metric

_FEWEST = 3
"""Values that a model needs before it is asked."""
_SOME = 100
"""Values from which on a third of the suggestions for one loss comes from densities: until then the process is best
alone, later it may be caught among the peaks that it has seen."""
_BY_DENSITY = 1.0 / 3.0
_LONG = 1_000
"""Values from which on a search is long: differential evolution makes most of the suggestions."""
_BRED = 0.8
_BY_BOWL = 0.05
"""Part of the suggestions for one loss that are the lowest point of a bowl, as soon as there are rows enough for it."""
_SCALARISED = 0.25
"""Probability that a suggestion for two or three losses is for a random scalarisation of them."""
_COMPROMISES = 16
"""Scalarisations that one request is split among at most."""


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
        ten suggestions come from differential evolution, which costs next to nothing and is over by then.
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
        self._breeder = Breeder(self.max_evals)

    def planned(self, max_evals: int) -> Auto:
        """The same for ``max_evals`` trials, unless it knows how many already."""
        return self if self.max_evals is not None else replace(self, max_evals=max(max_evals, 1))

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        memory, novelty = self._memory(history), Novelty(history)
        moment = _Moment(history, memory, self._breeder, self.budget, novelty, self.again, rng)
        choices: list[_Choice] = []
        expected = moment.memory.expectation(len(history) // 2)
        initial = self._initial(history, expected)
        if moment.memory.successes < _FEWEST:
            choices += moment.designed(count, expected)
        else:
            choices += moment.designed(min(count, max(0, initial - len(history))), expected)
            if moment.memory.successes >= _LONG:
                choices += moment.evolved(int(rng.binomial(count - len(choices), _BRED)))
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


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """A row (D,) and what is recorded with it."""

    x: Array
    why: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """The ways to choose at one moment of a search."""

    history: History
    memory: Memory
    breeder: Breeder
    budget: Budget
    novelty: Novelty
    again: bool
    rng: np.random.Generator

    def designed(self, count: int, expected: Expectation | None) -> list[_Choice]:
        """From the quasirandom start, in turns with what other studies recommend."""
        if count == 0:
            return []
        if expected is None or expected.trust < LEAST_TRUST:
            return _all(design(self.history, self.novelty, count, self.rng), "design")
        many = bets(len(self.history), count, self.memory.successes)
        X = recommend(self.history, self.novelty, expected, many, self.rng)
        choices = [_Choice(x, {"proposer": "precedent", "learned": expected.record()}) for x in X]
        if len(choices) < count:
            choices += _all(design(self.history, self.novelty, count - len(choices), self.rng), "design")
        return choices

    def hurried(self, count: int) -> bool:
        """Whether workers would wait for the model too long, or it would cost too much of their time."""
        part = affordable(self.history, self.memory.successes, count, self.budget)
        return part < 1.0 and bool(self.rng.random() >= part)

    def evolved(self, count: int) -> list[_Choice]:
        """By differential evolution: of a population of its own, or for several losses from the best."""
        if len(self.history.metrics) == 1:
            bred = self.breeder.breed(self.history, self.novelty, count, self.rng)
            return [_Choice(x, dict(why)) for x, why in bred]
        if count == 0:
            return []
        encoding, parents = self.history.problem.encoding, self.memory.compromise(self.rng)
        return _all(self.novelty.draw(count, lambda n: children(encoding, parents, n, self.rng)), "evolution")

    def modelled(self, count: int, before: Sequence[_Choice]) -> list[_Choice]:
        """By the Gaussian process, which takes what was chosen ``before`` for pending."""
        if count == 0:
            return []
        pending = np.concatenate([self.history.X[self.history.pending], *(c.x[None] for c in before)])
        if len(self.history.metrics) == 1:
            return self.single(count, pending)
        if len(self.history.metrics) > FEW:
            return self.scalarised(count, pending)
        some = int(self.rng.binomial(count, _SCALARISED))
        choices = self.scalarised(some, pending)
        return choices + self.gaining(count - some, np.concatenate([pending, *(c.x[None] for c in choices)]))

    def scalarised(self, count: int, pending: Array) -> list[_Choice]:
        """For several losses, each few rows for a compromise of their own."""
        choices: list[_Choice] = []
        for some in np.diff(np.linspace(0, count, min(count, _COMPROMISES) + 1).astype(int)).tolist():
            choices += self.improving(some, np.concatenate([pending, *(c.x[None] for c in choices)]))
        return choices

    def gaining(self, count: int, pending: Array) -> list[_Choice]:
        """By the hypervolume that two or three losses may be expected to gain."""
        if count == 0:
            return []
        beliefs, X = self.memory.beliefs()
        trials, encoding = self.memory.successes, self.history.problem.encoding
        made = Compromises(encoding, self.novelty, beliefs, X, self.budget, trials, self.memory.log_success)
        found = made.propose(count, pending, self.rng)
        return [_Choice(c.x, _why_of(self.history, beliefs, c)) for c in found]

    def improving(self, count: int, pending: Array) -> list[_Choice]:
        """By a random scalarisation of several losses."""
        return self.proposed(self.memory.aims(len(pending), self.rng), count, pending)

    def proposed(self, aims: Aims, count: int, pending: Array) -> list[_Choice]:
        """By what one process believes."""
        proposer = Proposer(
            self.history.problem.encoding,
            self.novelty,
            aims,
            self.budget,
            self.memory.successes,
            self.memory.log_success,
            self.again and self.memory.findings.noisy,
        )
        found = proposer.propose(count, pending, self.rng)
        return [_Choice(p.x, _why(self.history, aims, p)) for p in found]

    def single(self, count: int, pending: Array) -> list[_Choice]:
        """By one loss: some by density or bowl, one again to learn of noise, most by what the process believes."""
        choices = self.by_density(count, pending)
        choices += self.by_bowl(count - len(choices))
        if len(choices) == count:
            return choices
        aims = self.memory.aims(len(pending), self.rng)
        if self.again and self.memory.doubts(aims, self.history):
            choices.append(_Choice(aims.belief.elites[0], {"proposer": AGAIN}))
        pending = np.concatenate([pending, *(c.x[None] for c in choices)])
        return choices + self.proposed(aims, count - len(choices), pending)

    def by_bowl(self, count: int) -> list[_Choice]:
        """Now and then the lowest point of a bowl fitted to the best trials, as often as one succeeds there."""
        encoding = self.history.problem.encoding
        if count == 0 or self.memory.successes < rows_needed(encoding.columns):
            return []
        X, losses = self.memory.best()
        choices = []
        for _ in range(self.rng.binomial(count, _BY_BOWL)):
            row = lowest(X, losses, encoding.columns, self.rng)
            if row is None:
                break
            [x] = settle(row[None], encoding)
            if np.log(self.rng.random()) < self.memory.log_success(x[None])[0] and self.novelty.admits(x):
                choices.append(_Choice(x, {"proposer": BOWL}))
        return choices

    def by_density(self, count: int, pending: Array) -> list[_Choice]:
        """A third of the rows, once there are many trials, and until evolution takes part."""
        late = _SOME <= self.memory.successes < self.budget.many
        some = int(self.rng.binomial(count, _BY_DENSITY)) if late else 0
        if not some:
            return []
        rows, losses = self.memory.findings.values
        known, encoding = (rows, losses[:, 0]), self.history.problem.encoding
        X = dense(encoding, self.novelty, known, pending, some, self.memory.log_success, self.rng)
        return _all(X, "density")

    def drawn(self, count: int) -> list[_Choice]:
        """At random: what is left when nothing else finds anything new."""
        encoding = self.history.problem.encoding
        rows = self.novelty.draw(count, lambda n: encoding.sample(n, self.rng))
        if not len(rows):
            raise NothingToSuggest(
                f"no new configuration was found: {len(self.history)} of at most "
                f"{encoding.cardinality():.0f} were tried."
            )
        return _all(rows, "random")


def _all(X: Array, proposer: str) -> list[_Choice]:
    return [_Choice(x, {"proposer": proposer}) for x in X]


def _why(history: History, aims: Aims, proposal: Proposal) -> dict[str, Any]:
    """What is recorded with a proposal: who proposed it, how far it is from what the model knows, in length
    scales, and the value that is predicted there, in units of the metric.
    """
    distance = aims.belief.posterior.distance(proposal.x)
    why: dict[str, Any] = {"proposer": proposal.proposer, "distance": round(distance, 4)}
    expected = aims.belief.posterior.expected
    if isinstance(expected, Expectation):
        why["learned"] = expected.record()
    if proposal.kappa is not None:
        why["kappa"] = round(proposal.kappa, 4)
    if len(history.metrics) > 1:
        return {**why, "loss": "a random compromise of the metrics"}
    predicted, deviation = _told(history.metrics[0], aims.belief, proposal.mean, proposal.variance)
    return {**why, "predicted": predicted, "deviation": deviation}


def _why_of(history: History, beliefs: Sequence[Belief], chosen: Compromise) -> dict[str, Any]:
    """The same for a compromise: of the first metric under the usual names, of the others under their own."""
    why: dict[str, Any] = {"proposer": "gp-hvi", "distance": round(beliefs[0].posterior.distance(chosen.x), 4)}
    expected = beliefs[0].posterior.expected
    if isinstance(expected, Expectation):
        why["learned"] = expected.record()
    for j, (metric, belief) in enumerate(zip(history.metrics, beliefs, strict=True)):
        of = f" {metric.name}" if j else ""
        told = _told(metric, belief, float(chosen.mean[j]), float(chosen.variance[j]))
        why[f"predicted{of}"], why[f"deviation{of}"] = told
    return why


def _told(metric: Metric, belief: Belief, mean: float, variance: float) -> tuple[float, float]:
    """A prediction and its deviation in units of the metric."""
    low, middle, high = belief.warp.back(mean + np.sqrt(variance) * np.array([-1.0, 0.0, 1.0])).tolist()
    return metric.sign * middle, (high - low) / 2
