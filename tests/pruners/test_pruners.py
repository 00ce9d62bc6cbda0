"""What each pruner does, by hand."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from hypersonde.errors import InvalidInput
from hypersonde.pruners import Hyperband, Median, Percentile, Pruner, SuccessiveHalving
from hypersonde.testing.pruners import told
from hypersonde.trials import Event, Finished, Reported, Started, State


def runs(*curves: list[float], complete: int = 0) -> list[Event]:
    """Trials with these values at steps 1, 2, 3 ...; the first `complete` of them are over."""
    events: list[Event] = [Started(i, 0.0, {"x": 0.5}) for i in range(len(curves))]
    events += [Reported(i, 1.0, s, v) for i, curve in enumerate(curves) for s, v in enumerate(curve, 1)]
    return events + [Finished(i, 2.0, State.COMPLETE, (curves[i][-1],)) for i in range(complete)]


def stopped(pruner: Pruner, events: list[Event]) -> list[int]:
    history = told(events)
    return [i for i in history.running if pruner.should_stop(history, history[i])]


def test_median_stops_what_is_worse_than_the_middle_of_the_complete_ones() -> None:
    over = [[0.1, 0.1], [0.2, 0.9], [0.3, 0.9], [0.4, 0.9]]
    assert stopped(Median(startup=4), runs(*over, [0.25], [0.3], [0.35], complete=4)) == [4]
    assert stopped(Median(startup=4), runs(*over, [0.0, 0.5], [0.0, 0.95], complete=4)) == [4]


def test_median_waits_for_its_startup_and_warm_up() -> None:
    events = runs([0.5, 0.5], [0.6, 0.6], [0.1], [0.1, 0.1], complete=2)
    assert stopped(Median(startup=3), events) == []
    assert stopped(Median(startup=2, warmup=2), events) == [3]
    assert stopped(Median(startup=2), events) == [2, 3]


def test_percentile_keeps_its_share() -> None:
    events = runs(*([i / 10] for i in range(10)), [0.85], [0.75], [0.65], complete=10)
    assert stopped(Percentile(keep=30), events) == [12]
    assert stopped(Percentile(keep=10), events) == [10, 11, 12]


def test_a_dip_after_a_good_value_is_forgiven() -> None:
    assert stopped(Median(startup=2), runs([0.5, 0.5], [0.6, 0.6], [0.7, 0.0], complete=2)) == []


def test_halving_lets_the_top_share_of_a_rung_climb() -> None:
    events = runs([0.1], [0.2], [0.3], [0.4], [0.5], [0.6])
    assert stopped(SuccessiveHalving(reduction_factor=3), events) == [0, 1, 2, 3]
    assert stopped(SuccessiveHalving(reduction_factor=2), events) == [0, 1, 2]


def test_halving_compares_at_the_highest_rung_reached() -> None:
    events = runs([0.9] * 3, [0.8] * 3, [0.1, 0.1, 0.7], [0.6, 0.6], [0.2])
    assert stopped(SuccessiveHalving(reduction_factor=3), events) == [1, 2, 3, 4]
    assert stopped(SuccessiveHalving(min_resource=3, reduction_factor=3), events) == [1, 2]


def test_halving_judges_a_rung_that_no_measurement_hits_by_the_next_one() -> None:
    events: list[Event] = [Started(i, 0.0, {"x": 0.5}) for i in range(4)]
    events += [Reported(i, 1.0, 10 * k, i + k / 10) for i in range(4) for k in (1, 2, 3)]
    assert stopped(SuccessiveHalving(min_resource=15, reduction_factor=4), events) == [0, 1, 2]


def test_halving_stops_nothing_until_a_rung_holds_enough_trials() -> None:
    assert stopped(SuccessiveHalving(reduction_factor=4), runs([0.1], [0.2], [0.3])) == []


def test_hyperband_deals_numbers_in_the_shares_of_its_brackets() -> None:
    pruner = Hyperband(max_resource=81, reduction_factor=3)
    dealt = [pruner.bracket(i) for i in range(10_000)]
    shares = {4: 81, 3: 34, 2: 15, 1: 8, 0: 5}
    for s, n in shares.items():
        assert math.isclose(dealt.count(s) / 10_000, n / sum(shares.values()), abs_tol=0.002)
    assert len(set(dealt[:40])) == 5


def test_hyperband_compares_within_a_bracket_and_never_stops_the_patient_one() -> None:
    pruner = Hyperband(max_resource=9)
    numbers = [[i for i in range(200) if pruner.bracket(i) == s][:6] for s in (0, 1, 2)]
    events: list[Event] = [Started(i, 0.0, {"x": 0.5}) for i in range(200)]
    for s, members in enumerate(numbers):
        events += [Reported(n, 1.0, 3, 10.0 * s + rank) for rank, n in enumerate(members)]
    said = stopped(pruner, events)
    assert said == sorted(numbers[1][:4] + numbers[2][:4])


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: Percentile(keep=0), "pruner percentile: keep is a percentage in (0, 100), got 0. Use 25."),
        (lambda: Median(startup=0), "pruner median: startup is a number of trials, 1 or more, got 0. Use 5."),
        (lambda: SuccessiveHalving(0), "min_resource is a step, 1 or more, got 0. Use 1."),
        (lambda: SuccessiveHalving(1, 1), "reduction_factor is more than 1, got 1. Use 4."),
        (lambda: SuccessiveHalving(1, 4, -1), "min_early_stopping_rate is a number of rungs, 0 or more, got -1."),
        (lambda: Hyperband(3, 9), "max_resource is a step, 9 or more, got 3."),
    ],
)
def test_a_setting_outside_its_range_is_refused(make: Callable[[], Any], expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        make()
    assert expected in str(caught.value)
