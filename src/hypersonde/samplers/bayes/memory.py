"""All that the default sampler keeps about one history: rebuilt from it by replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.models.gp import Prior
from hypersonde.models.outputs import Warp
from hypersonde.samplers.bayes.again import awaited, doubtful
from hypersonde.samplers.bayes.aim import Aims
from hypersonde.samplers.bayes.belief import Belief, Learner
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.elsewhere import stalled
from hypersonde.samplers.bayes.feasibility import Feasibility, Success
from hypersonde.samplers.bayes.findings import Findings, Leaders
from hypersonde.samplers.bayes.precedent import Precedent
from hypersonde.samplers.bayes.several import Several
from hypersonde.samplers.bayes.teachers import Expectation, Teachers
from hypersonde.samplers.evolution.bowl import rows_needed
from hypersonde.trials import History

__all__ = ["FEW", "Memory"]

FEW = 3
"""Losses up to which each has a process of its own."""

_PATIENCE = 10
"""Trials without progress after which a search has stalled, at least."""
_LEADERS = 100
"""The best trials of one loss that are kept at hand, at least."""


@dataclass(slots=True)
class Memory:
    """Findings of one history and the models made of them."""

    findings: Findings
    learner: Learner | Several
    feasibility: Feasibility
    leaders: Leaders

    @classmethod
    def of(cls, history: History, prior: Prior, budget: Budget, precedents: Sequence[Precedent] = ()) -> Memory:
        """An empty memory for the columns and metrics of ``history``.

        Raises
        ------
        InvalidInput : a precedent of which nothing can be learned here, or more metrics than can be learned of.
        """
        if precedents and len(history.metrics) > FEW:
            raise InvalidInput(
                f"learning from other studies: it works with up to {FEW} metrics, got {len(history.metrics)}. "
                "Leave the other studies out (--learn-from), or some of the metrics."
            )
        encoding, columns = history.problem.encoding, history.problem.encoding.columns
        for one in precedents:
            if complaint := one.complaint(encoding, [m.name for m in history.metrics]):
                raise InvalidInput(f"the study {one.name!r} teaches nothing here: {complaint}.")
        teachers = [Teachers.of(precedents, encoding, m.name, prior) for m in history.metrics]
        warp = Warp.of if len(history.metrics) == 1 else Warp.mild
        learners = [Learner(columns, prior, budget, teachers=one, warp=warp) for one in teachers]
        learner = learners[0] if len(learners) == 1 else Several(learners)
        findings = Findings(len(columns), len(history.metrics))
        leaders = Leaders(max(_LEADERS, rows_needed(columns)))
        return cls(findings, learner, Feasibility(columns), leaders)

    def follow(self, history: History) -> None:
        """Take in what happened since the last call."""
        self.findings.follow(history)

    @property
    def successes(self) -> int:
        """How many trials ended with a value."""
        return self.findings.successes

    def expectation(self, turn: int) -> Expectation | None:
        """What other studies say of a loss, weighed by all that is known; of several losses, in turns.

        None when no study says anything of it.
        """
        learners = self.learner.learners if isinstance(self.learner, Several) else [self.learner]
        j = turn % len(learners)
        teachers = learners[j].teachers
        if teachers is None:
            return None
        X, losses = self.findings.values
        return teachers.expectation(X, learners[j].warp(losses[:, j])[1] if len(X) else np.empty(0))

    def beliefs(self) -> tuple[list[Belief], Array]:
        """Of several losses, a belief about each, and rows (k, D) among which their front is."""
        X, losses = self.findings.values
        if not isinstance(self.learner, Several):
            raise TypeError("beliefs: this search has one loss, expected several. Use aims.")
        return self.learner.beliefs(X, losses), self.learner.rows(X, losses)

    def aims(self, pending: int, rng: np.random.Generator) -> Aims:
        """What suggestions should be after while so many trials are pending."""
        X, losses = self.findings.values
        if isinstance(self.learner, Several):
            return Aims.of(self.learner.scalarised(X, losses, rng), stalled=False)
        width = X.shape[1]
        y = losses[:, 0]
        return Aims.of(self.learner.believe(X, y), stalled(y, max(_PATIENCE, width, pending), width + 2))

    def doubts(self, aims: Aims, history: History) -> bool:
        """Whether the best trial should be tried again to learn how much of its value is noise."""
        known, h = self.findings, aims.belief.posterior.hyperparameters
        return not known.noisy and doubtful(known.successes, known.repeats, h) and not awaited(history)

    def best(self) -> tuple[Array, Array]:
        """The rows (k, D) of the best values of one loss, a hundred or more, best first, and the values (k,)."""
        X, losses = self.findings.values
        first = self.leaders.of(losses[:, 0])
        return X[first], losses[first, 0]

    @property
    def success(self) -> Success:
        """Where trials end with a value."""
        return self.feasibility.success(self.findings.X, self.findings.failed)
