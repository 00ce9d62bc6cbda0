"""The study: run, ask, tell, resume."""

import csv
import logging
import os
import threading
import time

import numpy as np
import pytest
from ConfigSpace import ConfigurationSpace

from hypersonde import HpProblem, Metric, State, Study
from hypersonde.errors import InvalidInput, NothingToSuggest, StorageError, StudyConflict
from hypersonde.evaluators import ProcessEvaluator, SerialEvaluator, ThreadEvaluator
from hypersonde.pruners import Median
from hypersonde.samplers import TPE, DifferentialEvolution, Random
from hypersonde.study import Reason, running_trial
from hypersonde.study.cache import to_dict


@pytest.fixture
def problem():
    made = HpProblem({"x": (-5.0, 5.0), "k": ["a", "b"]})
    made.add_starting_point(x=0.5, k="a")
    return made


def negative_square(config):
    return -(config["x"] ** 2)


def study_of(problem, run=negative_square, **settings):
    return Study(problem, run, sampler=Random(), seed=1, **settings)


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


# -- running -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "evaluator",
    [SerialEvaluator, lambda: ThreadEvaluator(3), lambda: ProcessEvaluator(2)],
    ids=["1", "threads", "processes"],
)
def test_a_search_gives_exactly_as_many_trials_as_asked_for(problem, evaluator):
    ending = study_of(problem).run(max_evals=17, evaluator=evaluator())
    assert ending.reason is Reason.ENOUGH
    assert [t.number for t in ending.history] == list(range(17))
    assert all(t.state is State.COMPLETE for t in ending.history)
    assert ending.best.value == max(t.value for t in ending.history)


def test_a_sampler_that_plans_ahead_plans_for_as_many_trials_as_asked_for(problem):
    def configs(budget, max_evals):
        study = Study(problem, negative_square, sampler=DifferentialEvolution(budget=budget), seed=1)
        return [t.config for t in study.run(max_evals=max_evals, evaluator=SerialEvaluator()).history]

    assert configs(None, 60) == configs(60, 60) != configs(200, 60)


def test_starting_points_are_evaluated_before_anything_else(problem):
    problem.add_starting_point(x=1.5, k="b")
    history = study_of(problem).run(max_evals=4, evaluator=SerialEvaluator()).history
    assert [t.origin for t in history] == ["starting point", "starting point", "random", "random"]
    assert history[0].config == {"x": 0.5, "k": "a"}


def test_a_metric_to_minimize_is_minimized(problem):
    study = Study(problem, lambda c: c["x"] ** 2, metrics=Metric("loss", "minimize"), sampler=Random(), seed=3)
    study.run(max_evals=10, evaluator=SerialEvaluator())
    assert study.best.value == min(t.value for t in study.history)


def test_a_raising_run_function_costs_its_own_trials_only(problem):
    def run(config):
        if config["x"] > 0:
            raise ValueError("too warm")
        return config["x"]

    history = study_of(problem, run).run(max_evals=20, evaluator=SerialEvaluator()).history
    failed = [t for t in history if t.state is State.FAILED]
    assert {t.failure.kind for t in failed} == {"ValueError"}
    assert {t.failure.message for t in failed} == {"too warm"}
    assert all(t.config["x"] > 0 for t in failed)
    assert history.count(State.COMPLETE) + len(failed) == 20


def test_a_run_function_that_cannot_be_sent_to_processes_is_refused_before_any_trial(problem):
    lock = threading.Lock()

    def run(config):
        with lock:
            return config["x"]

    study = study_of(problem, run)
    with pytest.raises(
        InvalidInput, match=r"'lock', a lock, cannot be: TypeError: cannot pickle '_thread.lock' object"
    ):
        study.run(max_evals=5, evaluator=ProcessEvaluator(1))
    assert len(study.history) == 0
    assert study.run(max_evals=5, evaluator=ThreadEvaluator(1)).history.count(State.COMPLETE) == 5


def test_what_of_a_result_cannot_come_back_from_a_process_is_named(problem):
    def run(config):
        return {"objective": 1.0, "model": threading.Lock()}

    history = study_of(problem, run).run(max_evals=1, evaluator=ProcessEvaluator(1)).history
    assert str(history[0].failure).startswith(
        "BadResult: of what the work returned, 'model', a lock, cannot be pickled"
    )


def test_a_search_gives_up_when_told_how_many_failures_are_too_many(problem):
    ending = study_of(problem, lambda c: None).run(max_evals=50, max_failures=3, evaluator=SerialEvaluator())
    assert ending.reason is Reason.HOPELESS
    assert ending.history.count(State.FAILED) == 3


def test_a_mistake_in_the_run_function_costs_ten_trials_and_the_others_run_when_it_is_mended(problem, tmp_path, caplog):
    with study_of(problem, lambda config: config["typo"], log_dir=tmp_path) as study:
        ending = study.run(max_evals=20, evaluator=SerialEvaluator())
    assert (ending.reason, ending.history.finished) == (Reason.HOPELESS, 10)
    assert caplog.messages == [
        "no evaluation succeeded: 10 of 10 failed with KeyError: 'typo'. This run gave up (max_failures): once that is "
        f"mended, run it again, and it goes on. The traceback of one: hypersonde show {tmp_path} --trial 0"
    ]
    assert caplog.messages[0] in (tmp_path / "hypersonde.log").read_text()
    caplog.clear()
    with study_of(problem, log_dir=tmp_path) as study:
        assert study.run(max_evals=20, evaluator=SerialEvaluator()).history.count(State.COMPLETE) == 10
    assert caplog.messages == [
        "So far no evaluation succeeded: 10 of 10 failed with KeyError: 'typo'. This run goes on: 10 of max_evals=20 "
        "are left."
    ]


def test_a_study_all_of_whose_trials_have_failed_says_why_nothing_runs_and_the_way_out(problem, caplog):
    study = study_of(problem, lambda config: config["typo"])
    for said in ("KeyError: 'typo'. Once that is", "Nothing was evaluated in this run, since all 4 had ended before"):
        caplog.clear()
        assert study.run(max_evals=4, evaluator=SerialEvaluator()).reason is Reason.ENOUGH
        (line,) = caplog.messages
        assert said in line
        assert "mended: a larger max_evals, or another log_dir" in line
        assert line.endswith("The traceback of one: print(study.history[0].failure.detail)")


def test_a_search_without_a_result_for_want_of_time_says_so(problem, caplog):
    def run(trial):
        while not trial.should_stop():
            time.sleep(0.01)

    study_of(problem, run).run(timeout=0.2, evaluator=ThreadEvaluator(1))
    assert "no evaluation has ended with a value (the time is up). Give it more time." in caplog.messages


def test_failures_that_are_quick_do_not_end_a_search_whose_successes_are_slow(problem):
    failed, enough = [], threading.Event()

    def run(trial):
        if trial.number:
            failed.append(trial.number)
            enough.set() if len(failed) == 8 else None
            raise ValueError("quick")
        assert enough.wait(60)
        return 1.0

    ending = study_of(problem, run).run(max_evals=9, max_failures=3, evaluator=ThreadEvaluator(2))
    assert (ending.reason, len(failed)) == (Reason.ENOUGH, 8)


def test_a_search_that_shall_never_give_up_does_not(problem):
    ending = study_of(problem, lambda c: None).run(max_evals=15, max_failures=None, evaluator=SerialEvaluator())
    assert (ending.reason, ending.history.count(State.FAILED)) == (Reason.ENOUGH, 15)


def test_a_search_goes_on_that_has_succeeded_before_and_gives_up_on_what_waited_as_on_what_is_new(problem):
    study = study_of(problem, lambda c: None)
    for x in range(4):
        study.enqueue({"x": float(x), "k": "a"})
    assert study.run(max_evals=20, max_failures=5, evaluator=SerialEvaluator()).history.finished == 5
    study.tell({"x": 1.0, "k": "b"}, 1.0)
    assert study.run(max_evals=20, max_failures=5, evaluator=SerialEvaluator()).history.finished == 20


def test_a_small_space_is_searched_to_its_end(tmp_path):
    study = Study(HpProblem({"k": ["a", "b", "c"]}), lambda c: 1.0, sampler=Random(), seed=0)
    ending = study.run(max_evals=10, evaluator=SerialEvaluator())
    assert ending.reason is Reason.EXHAUSTED
    assert sorted(t.config["k"] for t in ending.history) == ["a", "b", "c"]


def test_a_search_without_an_end_is_refused(problem):
    with pytest.raises(InvalidInput, match="the search has no end"):
        study_of(problem).run(evaluator=SerialEvaluator())


def test_a_timeout_ends_the_search_and_what_ran_waits_for_the_next(problem):
    release = threading.Event()

    def run(trial):
        while not trial.should_stop() and not release.wait(0.01):
            pass
        return 1.0

    study = study_of(problem, run)
    ending = study.run(max_evals=5, timeout=1.0, evaluator=ThreadEvaluator(2))
    assert ending.reason is Reason.TIMEOUT
    assert ending.history.count(State.WAITING) == 2
    release.set()
    history = study.run(max_evals=5, evaluator=ThreadEvaluator(2)).history
    assert history.count(State.COMPLETE) == 5
    assert [t.attempt for t in history] == [2, 2, 1, 1, 1]


def test_a_trial_whose_time_is_up_fails_and_the_search_goes_on(problem):
    def run(config):
        time.sleep(60 if config["x"] == 0.5 else 0)
        return 1.0

    history = study_of(problem, run).run(max_evals=3, time_limit=1.0, evaluator=ProcessEvaluator(1)).history
    assert history[0].failure.kind == "TimeLimit"
    assert 0.9 < history[0].seconds < 5
    assert [t.state for t in history][1:] == [State.COMPLETE] * 2


def test_a_search_waits_for_capacity_that_is_lost_for_a_while(problem):
    def run(config):
        time.sleep(1.5 if config["x"] == 0.5 else 0.0)
        return 1.0

    ending = study_of(problem, run).run(max_evals=3, time_limit=1.0, evaluator=ThreadEvaluator(1))
    assert ending.reason is Reason.ENOUGH
    assert [t.state for t in ending.history] == [State.FAILED, State.COMPLETE, State.COMPLETE]


@pytest.mark.parametrize("evaluator", [SerialEvaluator, lambda: ThreadEvaluator(1)], ids=["serial", "threads"])
def test_a_pruner_stops_what_is_hopeless(evaluator):
    def run(trial):
        for step in range(20):
            trial.report(trial["x"], step)
            time.sleep(0.005)
            if trial.should_stop():
                break
        return trial["x"]

    problem = HpProblem({"x": (0.0, 1.0)})
    study = Study(problem, run, sampler=Random(), pruner=Median(), seed=2)
    history = study.run(max_evals=30, evaluator=evaluator()).history
    pruned = [t for t in history if t.state is State.PRUNED]
    assert pruned
    assert all(len(t.measurements) > 0 and t.values == () for t in pruned)
    assert max(t.config["x"] for t in pruned) < study.best.value


def test_where_the_search_evaluates_itself_a_verdict_is_there_when_report_returns():
    def run(trial):
        for step in range(20):
            trial.report(trial["x"], step)
            if trial.should_stop():
                break
        return trial["x"]

    study = Study(HpProblem({"x": (0.0, 1.0)}), run, sampler=Random(), pruner=Median(), seed=2)
    history = study.run(max_evals=30, evaluator=SerialEvaluator()).history
    assert {len(t.measurements) for t in history if t.state is State.PRUNED} == {1}
    assert {len(t.measurements) for t in history if t.state is State.COMPLETE} == {20}


def test_configurations_with_the_same_key_run_once():
    calls = []

    def run(config):
        calls.append(config["k"])
        return float(len(config["k"]))

    problem = HpProblem({"k": ["a", "bb"], "seed": (0.0, 1.0)})
    study = Study(problem, run, sampler=Random(), seed=1)
    history = study.run(max_evals=12, evaluator=SerialEvaluator(), cache_key=lambda c: c["k"]).history
    assert sorted(calls) == ["a", "bb"]
    assert history.count(State.COMPLETE) == 12
    assert sum("cached_from" in t.metrics for t in history) == 10


def test_a_whole_configuration_as_key_tells_true_from_one():
    assert to_dict({"a": True}) != to_dict({"a": 1})


# -- ask and tell --------------------------------------------------------------------------------------


def test_asked_trials_may_be_told_in_any_order(problem):
    study = study_of(problem, None)
    asked = study.ask(5)
    for trial in reversed(asked):
        study.tell(trial, -abs(trial.config["x"]))
    assert study.history.count(State.COMPLETE) == 5
    assert list(study.history.finish_order) == [4, 3, 2, 1, 0]


def test_a_trial_that_was_never_asked_for_may_be_told(problem):
    study = study_of(problem, None)
    told = study.tell({"x": 1.0, "k": "b"}, {"objective": 0.25, "epochs": 2})
    assert (told.value, told.origin, told.metrics) == (0.25, "told", {"epochs": 2})
    assert study.best.number == told.number


def test_a_search_leaves_what_was_asked_for_to_whoever_asked_and_says_so(problem, caplog):
    study = study_of(problem)
    asked = study.ask(2)
    ending = study.run(max_evals=5, evaluator=SerialEvaluator())
    assert ending.reason is Reason.UNTOLD
    assert [ending.history.count(state) for state in (State.COMPLETE, State.RUNNING)] == [3, 2]
    assert caplog.messages == ["3 trials are done; 0, 1: asked for, and not told yet"]
    for trial in asked:
        study.tell(trial, 1.0)
    assert study.run(max_evals=5, evaluator=SerialEvaluator()).reason is Reason.ENOUGH


def test_a_told_nothing_is_a_failed_trial(problem):
    study = study_of(problem, None)
    assert study.tell(study.ask()[0], None).failure.kind == "BadResult"


@pytest.mark.parametrize(
    ("tell", "says"),
    [
        (lambda s: s.tell(99, 1.0), "there is no trial 99: the study has 1 trials"),
        (lambda s: s.tell({"x": 9.0, "k": "a"}, 1.0), r"'x' is 9.0, expected a number in \[-5, 5\]"),
        (lambda s: s.tell({"x": 1.0}, 1.0), "'k' is missing"),
        (lambda s: (s.tell(0, 1.0), s.tell(0, 2.0)), "trial 0 is COMPLETE already"),
        (
            lambda s: s.tell("0", 1.0),
            "the number of a told trial is a whole number from 0 up, got str '0'. Tell a trial, ",
        ),
        (lambda s: s.tell(None, 1.0), "got None. Tell a trial, its number, or a configuration"),
        (lambda s: s.tell(True, 1.0), "got bool True. Tell a trial"),
        (lambda s: s.tell(0.5, 1.0), "got 0.5. Tell a trial"),
        (lambda s: s.ask(0), "the number of trials to ask for is a whole number from 1 up, got 0"),
        (lambda s: s.ask("3"), "got str '3'. Use ask"),
        (lambda s: s.ask(1.5), "got 1.5. Use ask"),
        (lambda s: s.run(max_evals=1), "the study has no run function"),
        (lambda s: s.enqueue({"y": 1}), "unknown parameter 'y'"),
    ],
)
def test_what_cannot_be_told_is_refused_in_one_line(problem, tell, says):
    study = study_of(problem, None)
    study.ask()
    with pytest.raises(InvalidInput, match=says):
        tell(study)


def test_numbers_are_whole_in_any_notation(problem):
    study = study_of(problem)
    assert len(study.ask(2.0)) == 2
    assert [study.tell(number, 1.0).number for number in (np.int64(1), 0.0)] == [1, 0]
    assert study.run(max_evals=1e1, max_failures=np.int8(3), evaluator=SerialEvaluator()).history.finished == 10
    assert Study(problem, seed=np.int64(3)).seed == 3


def test_a_result_that_cannot_be_read_leaves_no_trial_behind(problem):
    class Broken:
        def __float__(self):
            raise RuntimeError("no number today")

    study = study_of(problem)
    with pytest.raises(RuntimeError):
        study.tell({"x": 0.5, "k": "a"}, Broken())
    assert len(study.history) == 0
    assert study.tell({"x": 0.5, "k": "a"}, 10**400).failure.kind == "BadResult"


@pytest.mark.parametrize(
    "space", [{"x": (0.0, 1.0)}, ConfigurationSpace({"x": (0.0, 1.0)})], ids=["dict", "ConfigSpace"]
)
def test_a_problem_may_be_given_as_what_it_is_made_from(space):
    study = Study(space, lambda config: config["x"], sampler=Random(), seed=1)
    assert study.run(max_evals=2, evaluator=SerialEvaluator()).best.config.keys() == {"x"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"sampler": "tpe"}, r"sampler takes a Sampler, got str 'tpe'. Give one, such as TPE\(\)"),
        ({"sampler": TPE}, r"sampler takes a Sampler, got the class TPE. Make one of it: TPE\(\)"),
        ({"pruner": "median"}, r"pruner takes a Pruner, got str 'median'. Give one, such as Median\(\)"),
        ({"pruner": Median}, r"got the class Median. Make one of it: Median\(\)"),
        (
            {"metrics": "loss"},
            r"metrics takes a Metric, got str 'loss'. Give one, such as Metric\(\"loss\", \"minimize\"\)",
        ),
        ({"metrics": ["loss"]}, "metrics takes a Metric, got str 'loss'"),
        ({"metrics": None}, "metrics takes a Metric, got None"),
        ({"storage": "study.db"}, "storage takes a Storage, got str 'study.db'"),
        ({"observers": print}, r"each of observers is a function, got None. Use observers=\[tell\]"),
        ({"seed": True}, "a seed is a whole number from 0 up, got bool True"),
        ({"seed": -1}, "a seed is a whole number from 0 up, got -1"),
        ({"name": 5}, "name takes a str, got 5"),
        ({"log_dir": 5}, "log_dir is a path, got int 5"),
    ],
    ids=str,
)
def test_what_a_study_cannot_be_made_of_is_refused_in_one_line(problem, given, says):
    with pytest.raises(InvalidInput, match=says):
        Study(problem, **given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"max_evals": 3.5}, "max_evals is a whole number from 0 up, got 3.5"),
        ({"max_evals": "3"}, "max_evals is a whole number from 0 up, got str '3'"),
        ({"max_evals": -1}, "max_evals is a whole number from 0 up, got -1"),
        ({"timeout": "1"}, "timeout is a number of seconds from 0 up, got str '1'. Use 60.0"),
        ({"wall_time": float("nan")}, "wall_time is a number of seconds from 0 up, got nan"),
        ({"grace": -1}, "grace is a number of seconds from 0 up, got -1"),
        ({"grace": None}, "grace is a number of seconds from 0 up, got None"),
        ({"time_limit": 0}, "time_limit is a number of seconds above zero, got 0. Use 60.0, or None"),
        ({"time_limit": -3}, "time_limit is a number of seconds above zero, got -3"),
        ({"max_failures": 0}, "max_failures is a whole number from 1 up, got 0. Use 10, or None for never"),
        ({"cache_key": "to_dict"}, "cache_key is a function, got str 'to_dict'"),
        (
            {"evaluator": "serial"},
            r"evaluator takes an Evaluator, got str 'serial'. Give one, such as SerialEvaluator\(\)",
        ),
        ({"evaluator": SerialEvaluator}, r"got the class SerialEvaluator. Make one of it: SerialEvaluator\(\)"),
    ],
    ids=str,
)
def test_what_a_search_cannot_run_with_is_refused_in_one_line_before_it_begins(problem, given, says):
    study = study_of(problem)
    with pytest.raises(InvalidInput, match=says):
        study.run(**{"max_evals": 3, **given})
    assert len(study.history) == 0


def test_queued_configurations_come_first(problem):
    study = study_of(problem)
    study.enqueue({"x": 2.0, "k": "b"})
    assert study.ask()[0].config == {"x": 2.0, "k": "b"}


def test_asking_a_small_space_dry_says_so():
    study = Study(HpProblem({"k": ["a", "b"]}), sampler=Random())
    assert len(study.ask(9)) == 2
    with pytest.raises(NothingToSuggest, match="2 of at most 2"):
        study.ask()


def test_several_metrics_have_a_pareto_set_and_a_hypervolume():
    metrics = [Metric("gain", "maximize"), Metric("cost", "minimize")]
    study = Study(HpProblem({"x": (0.0, 10.0)}), metrics=metrics, sampler=Random(), seed=0)
    assert study.history.hypervolume() == 0.0
    for x, gain, cost in ((1.0, 3.0, 3.0), (2.0, 2.0, 1.0), (3.0, 2.0, 2.0), (4.0, 1.0, 4.0)):
        study.tell({"x": x}, (gain, cost))
    assert [t.config["x"] for t in study.pareto] == [1.0, 2.0]
    assert study.history.hypervolume([1.0, 4.0]) == 2 * 1 + 1 * 2
    assert study.history.hypervolume() == study.history.hypervolume([1.0, 4.0])
    with pytest.raises(InvalidInput, match=r"one value per metric \(gain, cost\), got 1"):
        study.history.hypervolume([1.0])


# -- on disk -------------------------------------------------------------------------------------------


def test_the_same_study_again_goes_on_where_it_was(problem, tmp_path):
    with study_of(problem, log_dir=tmp_path) as first:
        first.run(max_evals=6, evaluator=SerialEvaluator())
    with study_of(problem, log_dir=tmp_path) as second:
        history = second.run(max_evals=10, evaluator=SerialEvaluator()).history
    with study_of(problem) as whole:
        uninterrupted = whole.run(max_evals=10, evaluator=SerialEvaluator()).history
    assert [t.config for t in history] == [t.config for t in uninterrupted]
    assert len(rows(tmp_path / "results.csv")) == 10


def test_a_study_keeps_its_seed(problem, tmp_path):
    with Study(problem, log_dir=tmp_path) as first:
        seed = first.seed
    with Study(problem, log_dir=tmp_path) as second:
        assert second.seed == seed


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"seed": 2}, "its seed is 1, now 2 is given"),
        ({"metrics": Metric("loss", "minimize")}, "its metrics were: maximize objective; now: minimize loss"),
        (
            {"problem": HpProblem({"x": (-5.0, 6.0), "k": ["a", "b"]})},
            r"Range: \[-5.0, 5.0\].*\+ x.*Range: \[-5.0, 6.0\]",
        ),
    ],
    ids=lambda c: str(c)[:12],
)
def test_a_changed_study_is_an_error_that_says_what_changed(problem, tmp_path, changed, says):
    study_of(problem, log_dir=tmp_path).close()
    with pytest.raises(StudyConflict, match=says) as caught:
        Study(**{"problem": problem, "seed": 1, "log_dir": tmp_path, **changed})
    assert "choose another directory" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_results_csv_is_the_log_as_a_table(problem, tmp_path):
    def run(config):
        if config["k"] == "b":
            raise RuntimeError("no b today")
        return {"objective": config["x"], "epochs": 3}

    with study_of(problem, run, log_dir=tmp_path) as study:
        study.run(max_evals=12, evaluator=SerialEvaluator())
        table = rows(tmp_path / "results.csv")
        assert [int(r["trial"]) for r in table] == list(study.history.finish_order)
        for row, trial in zip(table, (study.history[int(r["trial"])] for r in table), strict=True):
            assert float(row["x"]) == trial.config["x"]
            assert row["state"] == trial.state.name
            if trial.state is State.COMPLETE:
                assert float(row["objective"]) == trial.value
                assert row["epochs"] == "3"
            else:
                assert row["failure"] == "RuntimeError: no b today"
        assert list(table[0])[:3] == ["k", "x", "objective"]
        assert study.dataframe().shape == (12, len(table[0]))


def test_text_that_no_file_can_hold_is_escaped_in_the_table_and_in_the_log_file(problem, tmp_path):
    calls = []

    def run(config):
        calls.append(config)
        if len(calls) == 1:
            raise RuntimeError("lone \ud800")
        return {"objective": 1.0, "note": "lone \udfff"}

    with study_of(problem, run, log_dir=tmp_path) as study:
        study.run(max_evals=2, evaluator=SerialEvaluator())
    table = rows(tmp_path / "results.csv")
    assert {r["note"] or r["failure"] for r in table} == {"lone \\udfff", "RuntimeError: lone \\ud800"}


def test_results_csv_has_what_another_search_finished_while_this_one_closed(problem, tmp_path):
    class Slow(SerialEvaluator):
        def close(self):
            if other.history.finished < 2:
                other.tell({"x": 0.25, "k": "a"}, 1.0)
            super().close()

    with study_of(problem, lambda config: 0.5, log_dir=tmp_path) as study, study_of(problem, log_dir=tmp_path) as other:
        study.run(max_evals=1, evaluator=Slow())
    assert len(rows(tmp_path / "results.csv")) == 2


def test_what_a_trial_prints_can_be_found(problem, tmp_path):
    def run(config):
        print("training with", config["x"])
        return 1.0

    with study_of(problem, run, log_dir=tmp_path) as study:
        study.run(max_evals=3, evaluator=ProcessEvaluator(1))
    assert (tmp_path / "output" / "000000.txt").read_text() == "training with 0.5\n"


def test_that_trials_print_very_much_is_told_once(problem, tmp_path, monkeypatch):
    monkeypatch.setattr(running_trial, "MUCH", 500)
    for lines, told in ((1, 0), (50, 1)):
        home = tmp_path / str(lines)
        with study_of(problem, lambda config, n=lines: print("a line\n" * n) or 1.0, log_dir=home) as study:
            study.run(max_evals=6, evaluator=ProcessEvaluator(1))
        assert (home / "hypersonde.log").read_text().count("into output/, all of which is kept") == told


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        ("raise ValueError('no data')", "ValueError"),
        ("import sys; sys.exit(3)", "Exit"),
        ("import ctypes; ctypes.string_at(0)", "WorkerLost"),
        ("import os; os.kill(os.getpid(), 9)", "WorkerLost"),
        ("print('y' * 5_000_000); raise MemoryError('enough')", "MemoryError"),
    ],
    ids=["raises", "exits", "segfaults", "is killed", "prints megabytes"],
)
def test_a_run_function_that_dies_costs_one_trial_that_says_what_happened_and_where_its_output_is(
    problem, tmp_path, way, kind
):
    def run(config):
        print("before the end", flush=True)
        if config["x"] == 0.5:
            exec(way)
        return 1.0

    with study_of(problem, run, log_dir=tmp_path) as study:
        history = study.run(max_evals=4, evaluator=ProcessEvaluator(2)).history
    assert [t.state for t in history] == [State.FAILED, *[State.COMPLETE] * 3]
    failure = history[0].failure
    output = tmp_path / "output" / "000000.txt"
    assert failure.kind == kind
    assert failure.message
    assert failure.detail.splitlines()[-1] == f"output: {output}"
    assert output.read_text().startswith("before the end")


def test_the_log_file_tells_the_story_and_leaves_logging_alone(problem, tmp_path):
    before = logging.getLogger().handlers[:], logging.getLogger("hypersonde").handlers[:]
    with study_of(problem, log_dir=tmp_path) as study:
        study.run(max_evals=2, evaluator=SerialEvaluator())
    story = (tmp_path / "hypersonde.log").read_text()
    assert "trial 0 started (starting point)" in story
    assert "trial 1 COMPLETE" in story
    assert (logging.getLogger().handlers, logging.getLogger("hypersonde").handlers) == before


def test_a_directory_that_cannot_be_made_is_one_clear_line(problem, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"cannot be made: .*file is a file. Choose another one"):
        study_of(problem, log_dir=tmp_path / "file" / "logs")


def test_two_studies_on_one_log_share_the_work(problem, tmp_path):
    with study_of(problem, log_dir=tmp_path) as one, study_of(problem, log_dir=tmp_path) as two:
        threads = [
            threading.Thread(target=study.run, kwargs={"max_evals": 30, "evaluator": ThreadEvaluator(2)})
            for study in (one, two)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with study_of(problem, log_dir=tmp_path) as whole:
        assert whole.history.count(State.COMPLETE) == 30
        assert len({t.number for t in whole.history}) == 30


def test_the_working_directory_is_left_alone(problem, tmp_path):
    here = os.getcwd()
    study_of(problem, log_dir=tmp_path).run(max_evals=2, evaluator=SerialEvaluator())
    assert os.getcwd() == here


def test_trials_of_another_search_are_adopted_as_they_ended_there(problem):
    def run(config):
        if config["x"] > 0.5:
            raise ValueError("too warm")
        return config["x"]

    other = study_of(problem, run).run(max_evals=20, evaluator=SerialEvaluator()).history
    study = study_of(problem, run)
    study.adopt(other)
    told = ("config", "state", "values", "failure", "started", "finished", "worker", "origin", "why")
    assert [[getattr(t, name) for name in told] for t in study.history] == [
        [getattr(t, name) for name in told] for t in other
    ]
    assert len(study.run(max_evals=25, evaluator=SerialEvaluator()).history) == 25


def test_what_is_not_final_or_outside_of_the_space_is_not_adopted(problem):
    study = study_of(problem)
    (running,) = study.ask()
    with pytest.raises(InvalidInput, match="trial 0 is RUNNING: only final trials"):
        study_of(problem).adopt([running])
    stranger = study_of(HpProblem({"z": (0.0, 1.0)}), lambda c: 1.0)
    with pytest.raises(InvalidInput, match="adopted configuration"):
        study.adopt(stranger.run(max_evals=1, evaluator=SerialEvaluator()).history)


def test_an_evaluator_that_an_earlier_run_has_closed_is_a_mistake_of_one_line():
    evaluator = ThreadEvaluator(1)
    with Study(HpProblem({"x": (0.0, 1.0)}), lambda config: config["x"], sampler=Random(), seed=1) as study:
        study.run(max_evals=2, evaluator=evaluator)
        with pytest.raises(InvalidInput, match="evaluator is closed"):
            study.run(max_evals=4, evaluator=evaluator)
