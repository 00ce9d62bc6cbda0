"""The laws of a pruner, to inherit: ``class TestMine(PrunerLaws)`` with a fixture ``make``."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from hypersonde.problem import HpProblem
from hypersonde.pruners import Pruner
from hypersonde.trials import Event, Failure, Finished, History, Metric, Released, Reported, Started, State

__all__ = ["MakePruner", "PrunerLaws", "race"]

MakePruner = Callable[[], Pruner]
"""Builds the pruner under test anew at every call, with the same settings."""

_PROBLEM = HpProblem({"x": (0.0, 1.0)})
_STEPS = 27


def race(seed: int, trials: int = 40) -> list[Event]:
    """Trials side by side, with noisy curves that rise to different heights; some end in each possible way."""
    rng = np.random.default_rng(seed)
    height = rng.random(trials)
    events: list[Event] = [Started(i, 0.0, {"x": float(height[i])}) for i in range(trials)]
    last = rng.integers(0, _STEPS + 1, trials)
    last[::2] = _STEPS
    for step in range(1, _STEPS + 1):
        for i in rng.permutation(np.flatnonzero(last >= step)).tolist():
            value = height[i] * (1 - math.exp(-step / 9)) + 0.05 * rng.standard_normal()
            events.append(Reported(i, float(step), step, float(value)))
    for i in rng.permutation(trials)[: trials // 2].tolist():
        state = State.COMPLETE if last[i] == _STEPS else State(int(rng.integers(3, 6)))
        events.append(Finished(i, 99.0, state, (float(height[i]),) if state is State.COMPLETE else ()))
    return events


def told(events: Sequence[Event], direction: str = "maximize") -> History:
    """The history of one metric after some events."""
    history = History(_PROBLEM, [Metric("score", direction)])
    history.extend(events)
    return history


def verdicts(pruner: Pruner, history: History) -> dict[int, bool]:
    """What a pruner says of each running trial."""
    return {i: pruner.should_stop(history, history[i]) for i in history.running}


def mapped(events: Sequence[Event], change: Callable[[float], float]) -> list[Event]:
    """The same events with other measured values."""
    return [
        Reported(e.number, e.time, e.step, change(e.value), e.attempt) if isinstance(e, Reported) else e for e in events
    ]


class PrunerLaws:
    """What every pruner promises."""

    @pytest.fixture(params=range(4))
    def events(self, request: pytest.FixtureRequest) -> list[Event]:
        """Four races."""
        return race(int(request.param))

    def test_it_stops_some_and_lets_some_go_on(self, make: MakePruner) -> None:
        said = [v for seed in range(8) for v in verdicts(make(), told(race(seed))).values()]
        assert 0 < sum(said) < len(said)

    def test_the_history_is_left_as_it_was(self, make: MakePruner, events: list[Event]) -> None:
        history = told(events)
        before, version = list(history), history.version
        verdicts(make(), history)
        assert (list(history), history.version) == (before, version)

    def test_a_pruner_that_has_looked_before_says_what_a_new_one_says(
        self, make: MakePruner, events: list[Event]
    ) -> None:
        history, old = told([]), make()
        for start in range(0, len(events), 97):
            history.extend(events[start : start + 97])
            assert verdicts(old, history) == verdicts(make(), history)

    def test_one_pruner_serves_several_histories(self, make: MakePruner, events: list[Event]) -> None:
        pruner, other = make(), told(race(99))
        alone = verdicts(make(), other)
        verdicts(pruner, told(events))
        assert verdicts(pruner, other) == alone

    def test_the_order_in_which_the_others_were_measured_does_not_matter(
        self, make: MakePruner, events: list[Event]
    ) -> None:
        by_trial = sorted(events, key=lambda e: (isinstance(e, Reported | Finished), e.number))
        assert verdicts(make(), told(by_trial)) == verdicts(make(), told(events))

    def test_both_directions_are_served_alike(self, make: MakePruner, events: list[Event]) -> None:
        turned = told(mapped(events, lambda value: -value), "minimize")
        assert verdicts(make(), turned) == verdicts(make(), told(events))

    def test_only_the_order_of_the_values_counts(self, make: MakePruner, events: list[Event]) -> None:
        assert verdicts(make(), told(mapped(events, math.exp))) == verdicts(make(), told(events))

    def test_the_best_of_all_goes_on(self, make: MakePruner, events: list[Event]) -> None:
        history = told(events)
        number = history.running[0]
        history.extend([Reported(number, 100.0, 100, 1e6)])
        assert not make().should_stop(history, history[number])

    def test_what_has_measured_nothing_goes_on(self, make: MakePruner, events: list[Event]) -> None:
        history = told(events)
        history.extend([Started(len(history), 100.0, {"x": 0.5})])
        assert not make().should_stop(history, history[-1])

    def test_without_others_nothing_is_stopped(self, make: MakePruner) -> None:
        history = told([Started(0, 0.0, {"x": 0.5}), *(Reported(0, 1.0, step, -1e9) for step in range(30))])
        assert not make().should_stop(history, history[0])

    def test_values_that_are_no_numbers_never_crash_it(self, make: MakePruner, events: list[Event]) -> None:
        strange = [math.nan, math.inf, -math.inf]
        history = told([*events, *(Reported(i, 100.0, 30 + k, v) for k, v in enumerate(strange) for i in range(40))])
        assert set(verdicts(make(), history).values()) <= {True, False}

    def test_a_new_attempt_is_judged_by_its_own_measurements(self, make: MakePruner, events: list[Event]) -> None:
        history, pruner = told(events), make()
        number = history.running[0]
        verdicts(pruner, history)
        lost = Failure("WorkerLost", "gone", retry=True)
        history.extend([Released(number, 100.0, lost), Started(number, 101.0, {}, attempt=2)])
        assert not pruner.should_stop(history, history[number])
        history.extend([Reported(number, 102.0, _STEPS, -1e9, attempt=2)])
        assert pruner.should_stop(history, history[number]) == make().should_stop(history, history[number])
