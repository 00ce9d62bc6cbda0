"""The ways in which the default sampler can choose at one moment of a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import NothingToSuggest
from hypersonde.samplers.base import AGAIN
from hypersonde.samplers.bayes.aim import Aims
from hypersonde.samplers.bayes.breeder import BOWL, Breeder
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.compromise import Compromises
from hypersonde.samplers.bayes.demand import affordable
from hypersonde.samplers.bayes.density import dense
from hypersonde.samplers.bayes.design import design
from hypersonde.samplers.bayes.head_start import LEAST_TRUST, bets, recommend
from hypersonde.samplers.bayes.memory import FEW, Memory
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.proposal import Proposer
from hypersonde.samplers.bayes.record import why_compromised, why_proposed
from hypersonde.samplers.bayes.teachers import Expectation
from hypersonde.samplers.evolution.bowl import lowest, rows_needed
from hypersonde.samplers.evolution.mutation import settle
from hypersonde.trials import History

__all__ = ["Choice", "Moment"]

_SOME = 100
"""Values from which on a third of the suggestions for one loss comes from densities: until then the process is best
alone, later it may be caught among the peaks that it has seen."""
_BY_DENSITY = 1.0 / 3.0
_BY_BOWL = 0.05
"""Part of the suggestions for one loss that are the lowest point of a bowl, as soon as there are rows enough for it."""
_LONG, _LONG_FOR_SEVERAL = 1_000, 300
"""Values from which on a search for one loss, or for several, is long."""
_BRED = 0.8
"""Part of the suggestions that evolution makes in a long search."""
_SCALARISED = 0.25
"""Probability that a suggestion for two or three losses is for a random scalarisation of them."""
_COMPROMISES = 16
"""Scalarisations that one request is split among at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """A row (D,) and what is recorded with it."""

    x: Array
    why: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """The ways to choose at one moment of a search."""

    history: History
    memory: Memory
    breeder: Breeder
    budget: Budget
    novelty: Novelty
    again: bool
    rng: np.random.Generator

    def designed(self, count: int, expected: Expectation | None) -> list[Choice]:
        """From the quasirandom start, in turns with what other studies recommend."""
        if count == 0:
            return []
        if expected is None or expected.trust < LEAST_TRUST:
            return _all(design(self.history, self.novelty, count, self.rng), "design")
        many = bets(len(self.history), count, self.memory.successes)
        X = recommend(self.history, self.novelty, expected, many, self.rng)
        choices = [Choice(x, {"proposer": "precedent", "learned": expected.record()}) for x in X]
        if len(choices) < count:
            choices += _all(design(self.history, self.novelty, count - len(choices), self.rng), "design")
        return choices

    def hurried(self, count: int) -> bool:
        """Whether workers would wait for the model too long, or it would cost too much of their time."""
        part = affordable(self.history, self.memory.successes, count, self.budget)
        return part < 1.0 and bool(self.rng.random() >= part)

    def bred(self, count: int) -> list[Choice]:
        """In a long search, most of ``count`` rows by evolution."""
        long = _LONG if len(self.history.metrics) == 1 else _LONG_FOR_SEVERAL
        return self.evolved(int(self.rng.binomial(count, _BRED))) if self.memory.successes >= long else []

    def evolved(self, count: int) -> list[Choice]:
        """By evolution of a population of its own."""
        return [Choice(x, dict(why)) for x, why in self.breeder.breed(self.history, self.novelty, count, self.rng)]

    def modelled(self, count: int, before: Sequence[Choice]) -> list[Choice]:
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

    def scalarised(self, count: int, pending: Array) -> list[Choice]:
        """For several losses, each few rows for a compromise of their own."""
        choices: list[Choice] = []
        for some in np.diff(np.linspace(0, count, min(count, _COMPROMISES) + 1).astype(int)).tolist():
            choices += self.improving(some, np.concatenate([pending, *(c.x[None] for c in choices)]))
        return choices

    def gaining(self, count: int, pending: Array) -> list[Choice]:
        """By the hypervolume that two or three losses may be expected to gain."""
        if count == 0:
            return []
        beliefs, X = self.memory.beliefs()
        trials, encoding = self.memory.successes, self.history.problem.encoding
        made = Compromises(encoding, self.novelty, beliefs, X, self.budget, trials, self.memory.success)
        found = made.propose(count, pending, self.rng)
        return [Choice(c.x, why_compromised(self.history, beliefs, c)) for c in found]

    def improving(self, count: int, pending: Array) -> list[Choice]:
        """By a random scalarisation of several losses."""
        return self.proposed(self.memory.aims(len(pending), self.rng), count, pending)

    def proposed(self, aims: Aims, count: int, pending: Array) -> list[Choice]:
        """By what one process believes."""
        proposer = Proposer(
            self.history.problem.encoding,
            self.novelty,
            aims,
            self.budget,
            self.memory.successes,
            self.memory.success,
            self.again and self.memory.findings.noisy,
        )
        found = proposer.propose(count, pending, self.rng)
        return [Choice(p.x, why_proposed(self.history, aims, p)) for p in found]

    def single(self, count: int, pending: Array) -> list[Choice]:
        """By one loss: some by density or bowl, one again to learn of noise, most by what the process believes."""
        choices = self.by_density(count, pending)
        choices += self.by_bowl(count - len(choices))
        if len(choices) == count:
            return choices
        aims = self.memory.aims(len(pending), self.rng)
        if self.again and self.memory.doubts(aims, self.history):
            choices.append(Choice(aims.belief.elites[0], {"proposer": AGAIN}))
        pending = np.concatenate([pending, *(c.x[None] for c in choices)])
        return choices + self.proposed(aims, count - len(choices), pending)

    def by_bowl(self, count: int) -> list[Choice]:
        """Now and then the lowest point of a bowl fitted to the best trials, while none has failed."""
        encoding = self.history.problem.encoding
        known = self.memory.findings
        if count == 0 or known.failures or known.successes < rows_needed(encoding.columns):
            return []
        X, losses = self.memory.best()
        choices = []
        for _ in range(self.rng.binomial(count, _BY_BOWL)):
            row = lowest(X, losses, encoding.columns, self.rng)
            if row is None:
                break
            [x] = settle(row[None], encoding)
            if self.novelty.admits(x):
                choices.append(Choice(x, {"proposer": BOWL}))
        return choices

    def by_density(self, count: int, pending: Array) -> list[Choice]:
        """A third of the rows, once there are many trials, and until evolution takes part."""
        late = _SOME <= self.memory.successes < self.budget.many
        some = int(self.rng.binomial(count, _BY_DENSITY)) if late else 0
        if not some:
            return []
        rows, losses = self.memory.findings.values
        known, encoding = (rows, losses[:, 0]), self.history.problem.encoding
        X = dense(encoding, self.novelty, known, pending, some, self.memory.success, self.rng)
        return _all(X, "density")

    def drawn(self, count: int) -> list[Choice]:
        """At random: what is left when nothing else finds anything new."""
        encoding = self.history.problem.encoding
        rows = self.novelty.draw(count, lambda n: encoding.sample(n, self.rng))
        if not len(rows):
            raise NothingToSuggest(
                f"no new configuration was found: {len(self.history)} of at most "
                f"{encoding.cardinality():.0f} were tried."
            )
        return _all(rows, "random")


def _all(X: Array, proposer: str) -> list[Choice]:
    return [Choice(x, {"proposer": proposer}) for x in X]
