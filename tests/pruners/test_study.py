"""A pruner in a study stops a trial while it runs."""

import time

from hypersonde import HpProblem, State, Study
from hypersonde.evaluators.thread import ThreadEvaluator
from hypersonde.pruners import Median
from hypersonde.study.running_trial import RunningTrial


def run(trial: RunningTrial) -> float:
    """Measures its own x; a poor one goes on until it is told to stop, for 20 s at most."""
    for step in range(3):
        trial.report(trial["x"], step)
    deadline = time.monotonic() + 20.0
    while trial["x"] < 0.5 and not trial.should_stop() and time.monotonic() < deadline:
        time.sleep(0.005)
    return float(trial["x"])


def test_a_hopeless_trial_is_stopped_and_recorded_as_pruned() -> None:
    problem = HpProblem({"x": (0.0, 1.0)})
    for x in (0.9, 0.8, 0.7, 0.1):
        problem.add_starting_point(x=x)
    study = Study(problem, run, pruner=Median(startup=3), seed=1)
    study.run(max_evals=4, evaluator=ThreadEvaluator(1))
    states = [trial.state for trial in study.history]
    assert states == [State.COMPLETE] * 3 + [State.PRUNED]
    assert [m.value for m in study.history[3].measurements] == [0.1] * 3
    assert study.history[3].values == ()
