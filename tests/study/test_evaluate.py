"""What a run function may look like and may return."""

import math
import re

import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.failure import Failure
from hypersonde.study.evaluate import Evaluate, interpret
from hypersonde.study.running_trial import Assignment, RunningTrial


class Line:
    """A channel that remembers what went over it."""

    worker, gpus = "here", ()

    def __init__(self, stop=False):
        self.sent, self.stop = [], stop

    def report(self, value):
        self.sent.append(value)

    def should_stop(self):
        return self.stop


def evaluate(run, channel=None, metrics=("objective",)):
    return Evaluate(run, metrics)(Assignment(0, {"x": 2}), channel or Line())


@pytest.mark.parametrize("number", [1, 1.0, np.float32(1), np.int64(1), np.array(1.0)], ids=lambda n: type(n).__name__)
def test_every_kind_of_finite_number_is_a_value(number):
    assert interpret(number, ("objective",)).values == (1.0,)


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (None, "returned None for 'objective', expected a finite number"),
        (math.nan, "returned nan for 'objective'"),
        (math.inf, "returned inf for 'objective'"),
        ("good", "returned str 'good' for 'objective'"),
        (True, "returned bool True for 'objective'"),
        (np.bool_(True), "returned bool np.True_ for 'objective'"),
        (np.array(True), "returned ndarray array.True. for 'objective'"),
        pytest.param(10**400, "returned int of 1329 bits for 'objective'", id="10**400"),
        pytest.param(10**5000, "returned int of 16610 bits for 'objective'", id="10**5000"),
        (np.zeros(3), r"returned an array of shape \(3,\) for 'objective'"),
        ([1.0, 2.0], r"returned 2 values \[1.0, 2.0\], expected a finite number"),
        ({"loss": 1.0}, r"returned a dict without 'objective': \['loss'\]"),
        ({"objective": None}, "returned None for 'objective'"),
        (object, "returned type <class 'object'> for 'objective'|returned <class 'object'>"),
    ],
)
def test_what_is_not_a_number_is_a_failure_that_says_what_was_returned(result, says):
    outcome = interpret(result, ("objective",))
    assert outcome.failure.kind == "BadResult"
    assert outcome.values == ()
    assert re.search(says, outcome.failure.message)
    assert "\n" not in outcome.failure.message


def test_a_dict_gives_metrics_beside_the_objective():
    outcome = interpret({"objective": 0.5, "epochs": 3}, ("objective",))
    assert (outcome.values, outcome.metrics) == ((0.5,), {"epochs": 3})


def test_several_objectives_come_as_a_tuple_or_by_name():
    assert interpret((1, 2), ("a", "b")).values == (1.0, 2.0)
    assert interpret({"b": 2, "a": 1}, ("a", "b")).values == (1.0, 2.0)
    assert interpret(1.0, ("a", "b")).failure.message.startswith("the run function returned one value 1.0")


def test_a_run_function_may_return_a_failure_with_its_reason():
    assert interpret(Failure("OutOfMemory", "8 GiB"), ("objective",)).failure.kind == "OutOfMemory"
    assert interpret("F_diverged", ("objective",)).failure == Failure("Reported", "diverged")


def test_the_argument_is_the_configuration_unless_it_is_called_trial_or_job():
    assert evaluate(lambda config: config["x"]).values == (2.0,)
    assert evaluate(lambda point: point["x"]).values == (2.0,)
    assert evaluate(lambda trial: trial["x"] + trial.number).values == (2.0,)
    assert evaluate(lambda job: job.parameters["x"]).values == (2.0,)

    def annotated(anything: RunningTrial) -> float:
        return anything.config["x"]

    assert evaluate(annotated).values == (2.0,)


def test_further_arguments_with_defaults_are_the_users_own():
    def run(config, epochs=3):
        return config["x"] * epochs

    assert evaluate(run).values == (6.0,)


@pytest.mark.parametrize(
    ("run", "says"),
    [
        (7, "the run function is not callable: got int 7"),
        ("model.run", "the run function is not callable: got str 'model.run'"),
        (lambda: 1, r"the run function takes \(\), expected exactly one argument"),
        (lambda a, b: 1, r"the run function takes \(a, b\), expected exactly one argument"),
    ],
)
def test_what_cannot_be_a_run_function_is_refused_before_anything_runs(run, says):
    with pytest.raises(InvalidInput, match=says):
        Evaluate(run, ("objective",))


def test_a_trial_reads_as_its_configuration_does():
    def run(trial):
        assert (dict(trial), {**trial}, trial.get("y", 5), "x" in trial, len(trial)) == ({"x": 2}, {"x": 2}, 5, True, 1)
        return trial.get("x")

    assert evaluate(run).values == (2.0,)


def test_reports_count_their_steps_unless_told():
    line = Line()

    def run(trial):
        trial.report(0.1)
        trial.report(0.2)
        trial.report(0.3, step=10)
        trial.report(0.4)
        return 1

    evaluate(run, line)
    assert line.sent == [(0, 0.1), (1, 0.2), (10, 0.3), (11, 0.4)]


@pytest.mark.parametrize("step", [3, 3.0, np.int64(3), np.float64(3), np.float32(3)])
def test_a_step_is_any_kind_of_whole_number(step):
    line = Line()
    evaluate(lambda trial: trial.report(np.float32(0.5), step) or 1, line)
    assert line.sent == [(3, 0.5)]
    assert type(line.sent[0][0]) is int


@pytest.mark.parametrize("step", [0.5, -1, "3", True, math.nan], ids=str)
def test_what_is_no_step_is_a_mistake_of_one_line(step):
    with pytest.raises(InvalidInput, match=r"the step of a report is a whole number from 0 up, got .*Use step=epoch"):
        evaluate(lambda trial: trial.report(1.0, step), Line())


@pytest.mark.parametrize("value", [None, "0.5", True, np.bool_(True), [1.0], 10**400], ids=lambda v: type(v).__name__)
def test_what_is_no_number_cannot_be_reported(value):
    with pytest.raises(InvalidInput, match=r"trial\.report takes a number, got"):
        evaluate(lambda trial: trial.report(value), Line())


def test_an_outcome_knows_that_the_run_function_was_told_to_stop():
    assert evaluate(lambda trial: float(trial.should_stop()), Line(stop=True)).stopped
    assert not evaluate(lambda trial: float(trial.should_stop()), Line()).stopped
    assert not evaluate(lambda trial: 1.0, Line(stop=True)).stopped


def test_a_trials_directory_appears_when_it_is_used(tmp_path):
    home = tmp_path / "trials"

    def run(trial):
        trial.checkpoint.write_text("epoch 3")
        return 1.0

    Evaluate(run, ("objective",))(Assignment(0, {}, trials=home), Line())
    assert (home / "000000" / "checkpoint").read_text() == "epoch 3"
