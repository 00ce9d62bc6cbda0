"""How worthwhile a candidate is, HIGHER IS BETTER: predicted losses on a scale of unit variance in, scores out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hypersonde.columns import Array
from hypersonde.models.acquisition import (
    log_expected_improvement,
    log_probability_of_improvement,
    lower_confidence,
)

__all__ = ["LCB", "Acquisition", "ExpectedImprovement", "ProbabilityOfImprovement"]


class Acquisition(Protocol):
    """A score for each candidate."""

    def __call__(self, mean: Array, std: Array, best: float) -> Array:
        """(n,) scores from predicted losses, their deviations > 0, both (n,), and the loss to beat."""
        ...


@dataclass(frozen=True, slots=True)
class LCB:
    """Lower confidence bound of the loss, mean - kappa std; the upper one of a maximised objective.

    >>> import numpy as np
    >>> LCB(kappa=2.0)(np.array([1.0]), np.array([0.5]), best=0.0).tolist()
    [0.0]
    """

    kappa: float = 1.96

    def __call__(self, mean: Array, std: Array, best: float) -> Array:
        return lower_confidence(mean, std, self.kappa)


@dataclass(frozen=True, slots=True)
class ExpectedImprovement:
    """Logarithm of the expected improvement by more than ``xi`` standard deviations of the losses seen."""

    xi: float = 0.01

    def __call__(self, mean: Array, std: Array, best: float) -> Array:
        return log_expected_improvement(mean, std, best - self.xi)


@dataclass(frozen=True, slots=True)
class ProbabilityOfImprovement:
    """Logarithm of the probability of an improvement by more than ``xi`` standard deviations of the losses seen."""

    xi: float = 0.01

    def __call__(self, mean: Array, std: Array, best: float) -> Array:
        return log_probability_of_improvement(mean, std, best - self.xi)
