"""What is recorded with a suggestion of the model: why it was made, and what was expected of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hypersonde.samplers.bayes.aim import Aims
from hypersonde.samplers.bayes.belief import Belief
from hypersonde.samplers.bayes.compromise import Compromise
from hypersonde.samplers.bayes.proposal import Proposal
from hypersonde.samplers.bayes.teachers import Expectation
from hypersonde.trials import History, Metric

__all__ = ["why_compromised", "why_proposed"]


def why_proposed(history: History, aims: Aims, proposal: Proposal) -> dict[str, Any]:
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


def why_compromised(history: History, beliefs: Sequence[Belief], chosen: Compromise) -> dict[str, Any]:
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
