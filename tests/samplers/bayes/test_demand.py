import pytest

from hypersonde import History, HpProblem, Metric
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.demand import affordable, run_time
from hypersonde.trials import Finished, Started, State

BUDGET = Budget()


def history_of(trials: int, running: int, seconds: float, worker: str = "w") -> History:
    """Trials that each took so many seconds, and some that run still."""
    history = History(HpProblem({"x": (0.0, 1.0)}), [Metric("loss", "minimize")])
    for n in range(trials + running):
        history.extend([Started(n, 100.0, {"x": n / (trials + running)}, "auto")])
        if n < trials:
            history.extend([Finished(n, 100.0 + seconds, State.COMPLETE, (1.0,), worker=worker)])
    return history


def test_the_run_time_is_that_of_trials_that_workers_ran() -> None:
    assert run_time(history_of(20, 0, 2.0)) == pytest.approx(2.0)
    assert run_time(history_of(20, 0, 2.0, worker="")) is None
    assert run_time(history_of(0, 5, 2.0)) is None


@pytest.mark.parametrize(("workers", "seconds"), [(8, 60.0), (1_024, 60.0), (10_000, 600.0), (1, 2.0)])
def test_a_model_answers_everything_while_workers_need_their_time(workers: int, seconds: float) -> None:
    assert affordable(history_of(400, workers - 1, seconds), 400, 1, BUDGET) == 1.0


@pytest.mark.parametrize(("workers", "seconds"), [(64, 0.1), (1_024, 1.0), (8, 0.1)])
def test_quick_trials_leave_the_model_a_part_that_keeps_to_the_bounds(workers: int, seconds: float) -> None:
    part = affordable(history_of(400, workers - 1, seconds), 400, 1, BUDGET)
    spent = part * BUDGET.cost(400, 1)
    assert 0.0 < part < 0.5
    assert spent <= BUDGET.share * seconds + 1e-12
    assert spent <= BUDGET.load * seconds / workers + 1e-12


@pytest.mark.parametrize("count", [1, 16, 64])
@pytest.mark.parametrize("trials", [310, 1_000, 2_500, 50_000])
def test_fits_of_the_hyperparameters_are_within_the_bounds(trials: int, count: int) -> None:
    seconds = 0.1
    part = affordable(history_of(400, 64 - count, seconds), trials, count, BUDGET)
    fits = min(part / count, 1.0 / (BUDGET.growth * trials))  # per suggestion: one a request, one a growth, at most
    spent = part * BUDGET.cost(trials, count) + fits * BUDGET.fit(trials)
    assert 0.0 < part < 0.2
    assert spent <= BUDGET.load * seconds / 64 + 1e-12


def test_the_longer_a_request_takes_in_run_times_the_rarer_it_is() -> None:
    def busy(seconds: float) -> float:
        part = affordable(history_of(400, 63, seconds), 400, 1, BUDGET)
        return part * (BUDGET.cost(400, 1) + BUDGET.fit(400)) * 64 / seconds

    shares = [busy(seconds) for seconds in (0.05, 0.1, 0.2, 0.4)]
    assert shares == sorted(shares)
    assert shares[0] <= BUDGET.load * 0.05 / (8 * 0.22) + 1e-9


def test_a_short_search_is_never_hurried() -> None:
    assert affordable(history_of(200, 63, 0.001), 200, 1, BUDGET) == 1.0


def test_who_asks_and_tells_is_never_hurried() -> None:
    assert affordable(history_of(400, 63, 0.001, worker=""), 400, 1, BUDGET) == 1.0
