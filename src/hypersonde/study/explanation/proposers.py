"""Who proposed what, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array
from hypersonde.trials import History, State, Trial

__all__ = ["Proposer", "proposer_of", "proposers"]


@dataclass(frozen=True, slots=True)
class Proposer:
    """One way in which configurations were chosen.

    Attributes
    ----------
    name : recorded with the choice, or who chose where a sampler has but one way.
    suggested, complete, failed : how many trials.
    improved : how many were better than everything that had finished before them; with several metrics, how many
        were dominated by nothing that had. The first result of all is no improvement.
    gain : by how much on average, in units of the metric, always positive; NaN without an improvement, or with
        several metrics.
    """

    name: str
    suggested: int
    complete: int
    failed: int
    improved: int
    gain: float


def proposer_of(trial: Trial) -> str:
    """The proposer or the acquisition function that the sampler recorded, ``design``, or the origin of a trial."""
    why = trial.why
    start = "design" if "design" in why else ""
    return str(why.get("proposer") or why.get("acquisition") or start or trial.origin or "unknown")


def proposers(history: History) -> tuple[Proposer, ...]:
    """All of them, the busiest first."""
    trials: dict[str, list[Trial]] = {}
    for trial in history:
        trials.setdefault(proposer_of(trial), []).append(trial)
    gains = _gains(history)
    made = [_proposer(name, own, gains) for name, own in trials.items()]
    return tuple(sorted(made, key=lambda p: -p.suggested))


def _proposer(name: str, trials: list[Trial], gains: dict[int, float]) -> Proposer:
    states = Counter(trial.state for trial in trials)
    own = [gains[trial.number] for trial in trials if trial.number in gains]
    gain = float(np.mean(own)) if own else float("nan")
    return Proposer(name, len(trials), states[State.COMPLETE], states[State.FAILED], len(own), gain)


def _gains(history: History) -> dict[int, float]:
    """Numbers of the trials that were an improvement when they finished, and by how much."""
    order = history.finish_order[history.status[history.finish_order] == State.COMPLETE]
    found: dict[int, float] = {}
    front: Array = np.empty((0, len(history.metrics)))
    for number in order.tolist():
        losses = history.losses[number]
        if np.isnan(losses).any() or np.any(np.all(front <= losses, axis=1)):
            continue
        if len(front):
            found[number] = float(front[0, 0] - losses[0]) if len(losses) == 1 else float("nan")
        front = np.concatenate([front[np.any(front < losses, axis=1)], losses[None]])
    return found
