"""Histories without a study: events of trials that went one way or another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from hypersonde.failure import Failure
from hypersonde.problem import HpProblem
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.trials import Event, Finished, History, Metric, Released, Reported, Started, State

__all__ = ["folded", "outcome", "random_events", "search", "started"]

_OUTCOMES = (State.COMPLETE, State.PRUNED, State.FAILED, State.CANCELLED, State.RUNNING, State.WAITING)
_ODDS = (0.6, 0.1, 0.1, 0.05, 0.1, 0.05)


def folded(problem: HpProblem, events: Iterable[Event], metrics: int = 1) -> History:
    """The history of a problem with so many minimised metrics, after some events."""
    history = History(problem, [Metric(f"loss{i}", "minimize") for i in range(metrics)])
    history.extend(events)
    return history


def started(number: int, suggestion: Suggestion) -> Started:
    """A suggestion becomes a running trial, its record with it."""
    return Started(number, float(number), suggestion.config, "test", suggestion.why)


def outcome(number: int, state: State, values: tuple[float, ...], time: float = 0.0) -> list[Event]:
    """What happens to a running trial so that it ends in a state, or goes on running, or waits again."""
    lost = Failure("WorkerLost", "gone", retry=True)
    ends: Mapping[State, list[Event]] = {
        State.COMPLETE: [Finished(number, time, State.COMPLETE, values)],
        State.PRUNED: [Reported(number, time, 1, values[0]), Finished(number, time, State.PRUNED)],
        State.FAILED: [Finished(number, time, State.FAILED, failure=Failure("ValueError", "broken"))],
        State.CANCELLED: [Finished(number, time, State.CANCELLED)],
        State.RUNNING: [],
        State.WAITING: [Released(number, time, lost)],
    }
    return ends[state]


def random_events(problem: HpProblem, n: int, rng: np.random.Generator, metrics: int = 1) -> list[Event]:
    """Events of n different random trials that ran side by side and ended in every possible way, in any order."""
    X = problem.encoding.sample(n, rng)
    first = {key: i for i, key in reversed(list(enumerate(problem.encoding.keys(X))))}
    configs = problem.encoding.decode(X[sorted(first.values())])
    events: list[Event] = [started(i, Suggestion(config)) for i, config in enumerate(configs)]
    for number in rng.permutation(len(configs)):
        state = State.COMPLETE if number == 0 else _OUTCOMES[int(rng.choice(len(_OUTCOMES), p=_ODDS))]
        events += outcome(int(number), state, tuple(rng.standard_normal(metrics).tolist()), float(len(events)))
    return events


def search(
    sampler: Sampler,
    problem: HpProblem,
    loss: Callable[[Mapping[str, Any]], float],
    n: int,
    *,
    workers: int = 1,
    seed: int = 0,
) -> Sequence[float]:
    """The losses of n evaluations by so many workers that take turns, in the order of choice: a study in small."""
    history = folded(problem, [])
    for number in range(n):
        suggestion = sampler.suggest(history, 1, np.random.default_rng([seed, number]))[0]
        history.extend([started(number, suggestion)])
        for done in history.running[: max(0, len(history.running) - workers + 1)]:
            history.extend(outcome(done, State.COMPLETE, (loss(history[done].config),)))
    for done in history.running:
        history.extend(outcome(done, State.COMPLETE, (loss(history[done].config),)))
    return [float(y) for y in history.losses[:, 0]]
