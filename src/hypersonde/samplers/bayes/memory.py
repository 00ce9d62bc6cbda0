"""All that the default sampler keeps about one history: rebuilt from it by replay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.gp import Prior
from hypersonde.samplers.bayes.belief import Belief, Learner
from hypersonde.samplers.bayes.feasibility import Feasibility
from hypersonde.samplers.bayes.findings import Findings
from hypersonde.samplers.bayes.several import Several
from hypersonde.trials import History

__all__ = ["Memory"]


@dataclass(slots=True)
class Memory:
    """Findings of one history and the models made of them."""

    findings: Findings
    learner: Learner | Several
    feasibility: Feasibility

    @classmethod
    def of(cls, history: History, prior: Prior, most: int) -> Memory:
        """An empty memory for the columns and metrics of ``history``."""
        columns = history.problem.encoding.columns
        learner = Learner(columns, prior, most) if len(history.metrics) == 1 else Several(columns, prior, most)
        findings = Findings(len(columns), len(history.metrics))
        return cls(findings, learner, Feasibility(columns))

    def follow(self, history: History) -> None:
        """Take in what happened since the last call."""
        self.findings.follow(history)

    @property
    def successes(self) -> int:
        """How many trials ended with a value."""
        return self.findings.successes

    def believe(self, rng: np.random.Generator) -> Belief:
        """What the values so far say, before anything is assumed about pending trials."""
        X, losses = self.findings.values
        if isinstance(self.learner, Several):
            return self.learner.believe(X, losses, rng)
        return self.learner.believe(X, losses[:, 0])

    def log_success(self, X: Array) -> Array:
        """log P(no failure) at rows ``X`` (n, D)."""
        if not self.findings.failures:
            return np.zeros(len(X))
        return self.feasibility.log_success(self.findings.X, self.findings.failed, X)
