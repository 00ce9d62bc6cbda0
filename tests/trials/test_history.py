"""The laws of the fold: what a history says follows from the events alone, however they come in."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypersonde.errors import HypersondeError
from hypersonde.problem import HpProblem
from hypersonde.trials import (
    Event,
    Failure,
    Finished,
    History,
    Measurement,
    Metric,
    Queued,
    Released,
    Reported,
    Started,
    State,
)

PROBLEM = HpProblem({"x": (0.0, 1.0), "kind": ["a", None, 3]})
METRICS = [Metric("score", "maximize"), Metric("cost", "minimize")]
LOST = Failure("WorkerLost", "gone", retry=True)
seeds = st.integers(0, 2**32 - 1)


def folded(*batches: list[Event]) -> History:
    history = History(PROBLEM, METRICS)
    for batch in batches:
        history.extend(batch)
    return history


def log_of(seed: int, events: int = 60) -> list[Event]:
    """A log as several writers make it: queued, told, lost and retried trials, stale reports and late endings."""
    rng = np.random.default_rng(seed)
    history, log = folded(), list[Event]()
    for i in range(events):
        event = _next(history, float(i), int(rng.integers(6)), rng)
        if event is not None:
            log.append(event)
            history.extend([event])
    return log


def _next(history: History, time: float, kind: int, rng: np.random.Generator) -> Event | None:
    if kind < 2 or not len(history):
        config = PROBLEM.encoding.decode(PROBLEM.encoding.sample(1, rng))[0]
        return (Queued, Started)[kind % 2](len(history), time, config, origin="random")
    trial = history[int(rng.integers(len(history)))]
    if trial.state is State.WAITING and kind < 5:
        return Started(trial.number, time, {}, owner=f"me{time}", attempt=trial.attempt + 1)
    if trial.attempt == 0:
        return Finished(trial.number, time, State.CANCELLED)
    attempt = max(1, trial.attempt - int(rng.random() < 0.2))
    if kind < 4:
        return Reported(trial.number, time, int(rng.integers(4)), rng.random(), attempt)
    if kind == 4:
        return Released(trial.number, time, LOST, attempt) if trial.state is not State.WAITING else None
    state = State(int(rng.integers(2, 6)))
    values = (rng.random(), rng.random()) if state is State.COMPLETE else ()
    return Finished(trial.number, time, state, values, worker="w", attempt=attempt)


def says(history: History) -> dict[str, Any]:
    """Everything that a history says, comparable."""
    arrays = {n: np.array(getattr(history, n)) for n in ("X", "losses", "status", "pending", "finish_order")}
    return {
        "trials": list(history),
        "arrays": {name: (a.shape, a.tobytes()) for name, a in arrays.items()},
        "counts": [history.count(s) for s in State],
        "running": {n: history.owner(n) for n in history.running},
        "waiting": set(history.waiting),
        "finished": history.finished,
        "version": history.version,
        "best": history.best,
        "top": history.top(3),
    }


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_folding_twice_equals_once(seed: int) -> None:
    log = log_of(seed)
    assert says(folded(log, log)) == says(folded(log))
    assert says(folded([copy for event in log for copy in (event, event)])) == says(folded(log))


@settings(max_examples=40, deadline=None)
@given(seed=seeds, cuts=st.lists(st.integers(0, 60), max_size=5))
def test_any_division_into_batches_gives_the_same_history(seed: int, cuts: list[int]) -> None:
    log = log_of(seed)
    ends = [0, *sorted(cuts), len(log)]
    assert says(folded(*(log[a:b] for a, b in pairwise(ends)))) == says(folded(log))


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_the_arrays_say_the_same_as_the_trials(seed: int) -> None:
    history = folded(log_of(seed))
    rows = PROBLEM.encoding.encode([t.config for t in history])
    np.testing.assert_array_equal(history.X, rows)
    assert history.knows(rows).all()
    assert [t.number for t in history] == list(range(len(history)))
    assert history.status.tolist() == [int(t.state) for t in history]
    np.testing.assert_array_equal(history.pending, [not t.state.final for t in history])
    losses = [(-t.values[0], t.values[1]) if t.state is State.COMPLETE else (np.nan, np.nan) for t in history]
    np.testing.assert_array_equal(history.losses, np.array(losses).reshape(-1, 2))
    assert sorted(history.finish_order) == [t.number for t in history if t.state.final]
    times = [history[i].finished for i in history.finish_order]
    assert times == sorted(times)
    assert set(history.running) == {t.number for t in history if t.state is State.RUNNING}
    assert set(history.waiting) == {t.number for t in history if t.state is State.WAITING}
    assert [history.count(s) for s in State] == [sum(t.state is s for t in history) for s in State]
    assert history.count() == len(history)
    assert history.finished == history.count(*(s for s in State if s.final))


@settings(max_examples=20, deadline=None)
@given(seed=seeds)
def test_the_version_grows_exactly_when_something_changed(seed: int) -> None:
    history = folded([])
    for event in log_of(seed):
        before, version = says(history), history.version
        history.extend([event])
        after = says(history)
        del before["version"], after["version"]
        assert (history.version > version) == (before != after)


def begun(n: int = 1) -> list[Event]:
    return [Started(i, float(i), {"x": 0.5, "kind": "a"}, owner="me") for i in range(n)]


def test_a_history_begins_empty() -> None:
    history = folded()
    assert (len(history), history.X.shape, history.losses.shape) == (0, (0, 2), (0, 2))
    assert history.best is None
    assert history.top(3) == []


def test_an_ending_counts_once_and_the_first_one_does() -> None:
    first = Finished(0, 1.0, State.COMPLETE, (0.9, 1.0))
    history = folded([*begun(), first, replace(first, values=(0.1, 1.0)), Finished(0, 2.0, State.FAILED)])
    assert history[0].values == (0.9, 1.0)
    assert history.finish_order.tolist() == [0]


def test_a_lost_trial_waits_and_runs_again_without_its_old_measurements() -> None:
    history = folded([*begun(), Reported(0, 1.0, 0, 0.1), Released(0, 2.0, LOST)])
    assert (history.waiting, history[0].failure, history[0].started) == ((0,), LOST, None)
    history.extend([Started(0, 3.0, {}, owner="you", attempt=2), Reported(0, 3.5, 7, 0.9, attempt=1)])
    assert (history.owner(0), history[0].attempt, history[0].measurements) == ("you", 2, ())
    assert history[0].config == {"x": 0.5, "kind": "a"}
    history.extend([Finished(0, 4.0, State.FAILED, attempt=1)])
    assert history[0].state is State.RUNNING


def test_measurements_keep_their_order_and_the_first_of_a_step_counts() -> None:
    steps = [(0, 0.1), (2, 0.3), (1, 0.2), (2, 0.9)]
    history = folded([*begun(), *(Reported(0, 1.0, step, value) for step, value in steps)])
    assert history[0].measurements == (Measurement(0, 0.1), Measurement(2, 0.3), Measurement(1, 0.2))


def test_the_best_is_by_the_first_metric_in_its_direction_and_the_earliest_of_equals() -> None:
    endings: list[Event] = [
        Finished(2, 9.0, State.COMPLETE, (0.9, 5.0)),
        Finished(1, 9.5, State.COMPLETE, (0.9, 7.0)),
        Finished(0, 9.7, State.COMPLETE, (0.2, 1.0)),
        Finished(3, 9.9, State.FAILED),
    ]
    history = folded(begun(5) + endings)
    assert history.best is history[1]
    assert [t.number for t in history.top(9)] == [1, 2, 0]


def test_what_is_read_cannot_be_written() -> None:
    history = folded(begun(3))
    for array in (history.X, history.losses, history.status, history.finish_order):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_a_log_that_speaks_of_an_unknown_trial_is_damaged() -> None:
    with pytest.raises(HypersondeError, match="the log speaks of trial 5 before it was chosen; it is damaged"):
        folded([Reported(5, 0.0, 0, 1.0)])


def test_a_configuration_that_was_never_tried_is_not_known() -> None:
    history = folded(begun())
    other = PROBLEM.encoding.encode([{"x": 0.5, "kind": None}, {"x": 0.5, "kind": "a"}])
    assert history.knows(other).tolist() == [False, True]
