"""What finished trials teach."""

from __future__ import annotations

import numpy as np

from hypersonde.samplers import Suggestion
from hypersonde.samplers.lessons import Lessons, chebyshev, impute, rank, weigh
from hypersonde.testing.histories import folded, outcome, started
from hypersonde.testing.problems import PROBLEMS
from hypersonde.trials import Finished, History, Metric, Reported, Started, State


def history(*ends: tuple[State, float]) -> History:
    """Trials that ended in the given states with the given losses, the last one first."""
    events = [started(i, Suggestion({"x": i / 10})) for i in range(len(ends))]
    more = [outcome(i, *((state, (value,)))) for i, (state, value) in enumerate(ends)]
    return folded(PROBLEMS["single"](), [*events, *(e for part in reversed(more) for e in part)])


def test_they_come_in_the_order_of_their_ends_without_pending_and_cancelled_trials() -> None:
    lessons = Lessons.of(
        history((State.COMPLETE, 1.0), (State.RUNNING, 0.0), (State.CANCELLED, 0.0), (State.COMPLETE, 2.0))
    )
    assert lessons.numbers.tolist() == [3, 0]
    assert lessons.losses.ravel().tolist() == [2.0, 1.0]


def test_a_failed_trial_counts_as_the_worst_with_a_value() -> None:
    lessons = Lessons.of(history((State.COMPLETE, 1.0), (State.FAILED, 0.0), (State.COMPLETE, 5.0)))
    assert lessons.informative == 2
    assert impute(lessons.losses).ravel().tolist() == [5.0, 5.0, 1.0]


def test_a_pruned_trial_counts_with_its_last_report_in_the_direction_of_the_metric() -> None:
    trials = History(PROBLEMS["single"](), [Metric("accuracy", "maximize")])
    reports = [Reported(0, 1.0, step, value) for step, value in ((1, 0.2), (2, 0.3))]
    trials.extend([Started(0, 0.0, {"x": 0.5}), *reports, Finished(0, 2.0, State.PRUNED)])
    assert Lessons.of(trials).losses.tolist() == [[-0.3]]


def test_infinite_reports_are_no_values_and_huge_ones_stay_computable() -> None:
    lessons = Lessons.of(history((State.PRUNED, np.inf), (State.COMPLETE, -1e300)))
    assert np.isnan(lessons.losses[1, 0])
    assert np.isfinite(lessons.losses[0, 0] ** 2)


def test_without_any_value_all_are_equal() -> None:
    assert impute(np.full((3, 2), np.nan)).tolist() == [[0.0, 0.0]] * 3


def test_the_best_in_everything_wins_under_any_weights() -> None:
    losses = np.array([[3.0, 1e9], [1.0, 5.0], [2.0, 7.0]])
    for seed in range(20):
        assert np.argmin(weigh(losses, np.random.default_rng(seed))) == 1


def test_ranks_do_not_depend_on_the_scale_of_a_metric() -> None:
    losses = np.array([[3.0], [1.0], [2.0]])
    np.testing.assert_array_equal(rank(losses), rank(np.exp(losses) * 1e6))


def test_every_unsupported_compromise_can_win() -> None:
    concave = np.array([[0.0, 1.0], [0.6, 0.6], [1.0, 0.0]])
    assert np.argmin(chebyshev(concave, np.array([0.5, 0.5]))) == 1
