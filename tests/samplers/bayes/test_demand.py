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


@pytest.mark.parametrize(("workers", "seconds"), [(8, 60.0), (1_024, 60.0), (10_000, 600.0), (1, 1.0)])
def test_a_model_answers_everything_while_workers_need_their_time(workers: int, seconds: float) -> None:
    assert affordable(history_of(400, workers - 1, seconds), 400, 1, BUDGET) == 1.0


@pytest.mark.parametrize(("workers", "seconds"), [(64, 0.1), (1_024, 1.0), (8, 0.1)])
def test_quick_trials_leave_the_model_a_part_that_keeps_to_the_bounds(workers: int, seconds: float) -> None:
    part = affordable(history_of(400, workers - 1, seconds), 400, 1, BUDGET)
    spent = part * BUDGET.cost(400, 1)
    assert 0.0 < part < 0.5
    assert spent <= BUDGET.share * seconds + 1e-12
    assert spent <= BUDGET.load * seconds / workers + 1e-12


def test_a_short_search_is_never_hurried() -> None:
    assert affordable(history_of(200, 63, 0.001), 200, 1, BUDGET) == 1.0


def test_who_asks_and_tells_is_never_hurried() -> None:
    assert affordable(history_of(400, 63, 0.001, worker=""), 400, 1, BUDGET) == 1.0
