"""A search in the place of an earlier one: what it says of that, and what it refuses to add to."""

import re
import shlex
import sys

import pytest

from hypersonde.study.reading import read_study

OPTIONS = shlex.split("-p problem.py --evaluator serial --seed 3 --max-evals")


@pytest.fixture
def first(hypersonde, place):
    assert hypersonde("hps random -r model_run.py", *OPTIONS, 6).code == 0
    (place / "other.py").write_text("def run(config):\n    return 100.0\n")
    return hypersonde


@pytest.mark.parametrize("run", [("-r", "other.py"), ("-r", "model_run.by_n"), ("--command", "echo 3")])
def test_results_of_another_run_function_are_not_ranked_with_those_that_are_there(first, place, run):
    said = first("hps random", *run, *OPTIONS, 9)
    assert said.code == 2
    assert f"is of another run function: --run {place}/model_run.py:run; now: --" in said.err
    assert "choose another directory (--log-dir)" in said.err
    assert len(read_study(place)[1]) == 6


def test_a_command_line_and_a_run_function_are_not_ranked_together(hypersonde, place):
    assert hypersonde("hps random --command 'echo 3'", *OPTIONS, 2).code == 0
    said = hypersonde("hps random -r model_run.py", *OPTIONS, 4)
    assert (said.code, "of another run function: --command 'echo 3'; now: --run" in said.err) == (2, True)


def test_a_run_function_under_another_name_goes_on_when_it_is_said_to_be_the_same(first, place):
    said = first("hps random -r other.py --run-renamed", *OPTIONS, 9)
    assert said.code == 0, said.err
    assert f"note: the study was made with --run {place}/model_run.py:run\n" in said.out
    assert len(read_study(place)[1]) == 9


@pytest.mark.parametrize("same", ["model_run", "model_run.run", "./model_run.py:run"])
def test_a_run_function_that_was_mended_where_it_is_goes_on_without_a_note(first, place, same):
    (place / "model_run.py").write_text("def run(config):\n    return 1.0\n")
    said = first("hps random -r", same, *OPTIONS, 9)
    assert said.code == 0, said.err
    assert "note:" not in said.out


def test_a_run_function_that_was_moved_goes_on_with_a_note(first, place):
    (place / "moved").mkdir()
    for name in ("model_run", "helper"):
        (place / f"{name}.py").rename(place / "moved" / f"{name}.py")
        del sys.modules[name]  # as in another process
    said = first("hps random -r moved/model_run.py", *OPTIONS, 9)
    assert said.code == 0, said.err
    assert f"note: the study was made with --run {place}/model_run.py:run\n" in said.out


def test_another_sampler_says_who_chose_the_trials_so_far(first):
    said = first("hps auto -r model_run.py", *OPTIONS, 6)
    assert said.code == 0, said.err
    assert "resuming: 6 of 6 done: nothing is left to run\n" in said.out
    assert "note: of 6 trials, auto did not choose all: 5 by random; they are ranked together\n" in said.out


@pytest.mark.parametrize("sampler", ["islands", "halton", "auto"])
def test_the_same_sampler_says_nothing(hypersonde, sampler):
    for evals in (8, 12):
        said = hypersonde("hps", sampler, "-r", "model_run.py", *OPTIONS, evals)
        assert "note:" not in said.out


def test_a_storage_and_the_study_in_it_are_named(hypersonde, place):
    named = ("--storage", "shared.db", "--study-name", "mine")
    said = hypersonde("hps random -r model_run.py", *OPTIONS, 3, *named)
    assert re.search(rf"storage +{place}/shared.db, study mine\n", said.out)
    (place / "other.py").write_text("def run(config):\n    return 100.0\n")
    again = hypersonde("hps random -r other.py", *OPTIONS, 6, *named)
    assert "choose another study (--study-name)" in again.err


def test_merging_studies_of_several_run_functions_says_so(first, place):
    for run, log in (("other.py", "one"), ("model_run.py", "two")):
        assert first("hps random -r", run, "--log-dir", log, *OPTIONS, 4).code == 0
    said = first("storage merge one two both")
    assert (
        f"note: it ranks results of 2 functions: --run {place}/other.py:run, --run {place}/model_run.py:run" in said.out
    )
    assert "note:" not in first("storage merge . two alike").out
