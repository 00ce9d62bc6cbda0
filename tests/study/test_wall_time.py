"""A search in a batch job ends before the job does, and starts nothing that cannot finish."""

from __future__ import annotations

import time

from hypersonde.evaluators import ProcessEvaluator, ThreadEvaluator
from hypersonde.problem import HpProblem
from hypersonde.samplers import Random
from hypersonde.study import Reason, Study
from hypersonde.study.stopping import Stopping
from hypersonde.trials import Finished, History, Metric, Started, State

PROBLEM = HpProblem({"x": (0.0, 1.0)})


def history_of(run_times: list[float]) -> History:
    history = History(PROBLEM, [Metric("objective", "maximize")])
    events: list[Started | Finished] = []
    for number, seconds in enumerate(run_times):
        events.append(Started(number, 100.0, {"x": 0.5}, "test", {}, "me"))
        events.append(Finished(number, 100.0 + seconds, State.COMPLETE, (1.0,), {}, None, "w"))
    history.extend(events)
    return history


def test_a_trial_starts_while_nine_of_ten_like_it_would_finish() -> None:
    now = [0.0]
    stopping = Stopping(clock=lambda: now[0], wall_time=100.0, reserve=10.0)
    history = history_of([10.0] * 89 + [1.0] + [60.0] * 10)
    now[0] = 29.9
    assert stopping.allows(history)
    now[0] = 30.1
    assert not stopping.allows(history), "the tenth slowest would need 60 s, and there are 59.9"
    assert stopping.reason is None, "what runs has its time"
    now[0] = 90.0
    assert stopping.reason is Reason.TIMEOUT


def test_before_the_first_end_nobody_knows_and_trials_start() -> None:
    stopping = Stopping(clock=lambda: 0.0, wall_time=100.0, reserve=99.0)
    assert stopping.allows(history_of([]))


def test_without_a_wall_time_everything_starts() -> None:
    assert Stopping(timeout=1.0, clock=lambda: 0.0).allows(history_of([1e9]))


def test_the_sooner_of_the_two_ends_counts() -> None:
    assert Stopping(50.0, clock=lambda: 0.0, wall_time=100.0, reserve=10.0).remaining() == 50.0
    assert Stopping(95.0, clock=lambda: 0.0, wall_time=100.0, reserve=10.0).remaining() == 90.0


def slow(config: dict[str, float]) -> float:
    time.sleep(0.5)
    return config["x"]


def test_nothing_is_interrupted_when_the_run_times_are_known() -> None:
    study = Study(PROBLEM, slow, sampler=Random(), seed=1)
    begun = time.monotonic()
    ending = study.run(max_evals=1000, wall_time=17.5, grace=10.0, evaluator=ThreadEvaluator(2))
    assert ending.reason is Reason.TIMEOUT
    assert time.monotonic() - begun < 17.5
    assert {trial.state for trial in ending.history} == {State.COMPLETE}
    assert 2 <= len(ending.history) <= 12


def test_what_takes_longer_than_the_wall_time_is_stopped_and_waits() -> None:
    study = Study(PROBLEM, stubborn, sampler=Random(), seed=1)
    begun = time.monotonic()
    ending = study.run(max_evals=3, wall_time=8.0, grace=1.0, evaluator=ProcessEvaluator(2))
    assert time.monotonic() - begun < 8.0
    assert ending.reason is Reason.TIMEOUT
    assert [trial.state for trial in ending.history] == [State.WAITING, State.WAITING]


def stubborn(config: dict[str, float]) -> float:
    time.sleep(120.0)
    return config["x"]


def test_all_evaluations_done_is_not_called_a_lack_of_time() -> None:
    study = Study(PROBLEM, slow, sampler=Random(), seed=1)
    assert study.run(max_evals=2, wall_time=9.0, grace=0.5, evaluator=ThreadEvaluator(2)).reason is Reason.ENOUGH
