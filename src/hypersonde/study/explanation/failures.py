"""What failed, by kind."""

from __future__ import annotations

from dataclasses import dataclass

from hypersonde.trials import History, State, Trial

__all__ = ["FailureKind", "failure_kinds"]


@dataclass(frozen=True, slots=True)
class FailureKind:
    """Failed trials whose failures are of one kind.

    Attributes
    ----------
    kind : see `Failure`.
    count : how many trials.
    example : the latest of them.
    """

    kind: str
    count: int
    example: Trial


def failure_kinds(history: History) -> tuple[FailureKind, ...]:
    """All kinds, the commonest first; ``unknown`` where a failed trial does not say."""
    found: dict[str, list[Trial]] = {}
    for trial in history:
        if trial.state is State.FAILED:
            found.setdefault(trial.failure.kind if trial.failure else "unknown", []).append(trial)
    kinds = [FailureKind(kind, len(trials), trials[-1]) for kind, trials in found.items()]
    return tuple(sorted(kinds, key=lambda k: -k.count))
