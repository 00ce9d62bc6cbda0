"""``hypersonde hps``: from words to a search, and what it says."""

import csv
import json
import re

import pytest

from hypersonde.cli.choices import EVALUATORS, SAMPLERS
from hypersonde.cli.words import parameter
from hypersonde.study import Study
from hypersonde.study.reading import read_study
from hypersonde.trials import State

QUICK = ("-p", "problem.py", "-r", "model_run.py", "--evaluator", "serial", "--max-evals", "4", "--quiet")


def rows(place):
    with open(place / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_search_of_the_table_runs_with_its_default_options(hypersonde, place, name):
    said = hypersonde("hps", name, *QUICK)
    assert (said.code, said.out, said.err) == (0, "", "")
    assert {row["origin"] for row in rows(place)} == {"starting point", SAMPLERS[name].load().name}


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_option_of_a_search_is_in_its_help_with_the_default_of_the_library(hypersonde, name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    said = hypersonde("hps", name, "--help")
    assert said.code == 0
    assert f"hypersonde hps {name} --problem problem.py --run model_run.py" in said.out
    for flag in SAMPLERS[name].flags:
        default = None if flag.reader else parameter(SAMPLERS[name].load(), flag.parameter)[1]
        yes, _, no = flag.option.partition("/")
        if no:  # a pair shows the name of its side
            default = (yes if default else no).lstrip("-")
        shown = "" if default is None else re.escape(f"[default: {default}]")
        assert re.search(rf"{yes} .*{shown}", said.out), flag.option
    assert re.search(rf"--grace .*\[default: {parameter(Study.run, 'grace')[1]:g}\]", said.out)
    assert re.search(r"--max-evals .*\[default: 100\]", said.out)


@pytest.mark.parametrize("name", [name for name, choice in EVALUATORS.items() if not choice.collective])
def test_every_evaluator_of_the_table_runs_a_search(hypersonde, place, name):
    assert hypersonde("hps", "random", *QUICK, "--evaluator", name).code == 0
    assert len(rows(place)) == 4


@pytest.mark.parametrize(
    ("problem", "run"),
    [
        ("problem.Problem", "model_run.run"),
        ("problem", "model_run"),
        ("problem.py:Problem", "model_run.py:run"),
        ("problem:Space", "model_run:nothing"),
        ("./problem.py", "./model_run.py"),
        ("inside.deep.problem.Problem", "inside.deep.model_run.run"),
        ("inside/deep/problem.py", "inside/deep/model_run.py"),
    ],
)
def test_objects_are_named_by_dotted_path_or_file(hypersonde, place, problem, run):
    deep = place / "inside" / "deep"
    deep.mkdir(parents=True)
    for folder in (deep, deep.parent):
        (folder / "__init__.py").touch()
    (deep / "problem.py").write_text((place / "problem.py").read_text())
    (deep / "model_run.py").write_text("from .beside import value\n\ndef run(config):\n    return value\n")
    (deep / "beside.py").write_text("value = 7.0\n")
    said = hypersonde("hps", "random", "-p", problem, "-r", run, *QUICK[4:])
    assert (said.code == 0) or ("BadResult" in said.err and "nothing" in run)
    assert len(rows(place)) == 4


def test_modules_beside_a_file_are_found_from_anywhere_and_by_worker_processes(hypersonde, place, monkeypatch):
    (place / "elsewhere").mkdir()
    monkeypatch.chdir(place / "elsewhere")
    said = hypersonde("hps random -p ../problem.py -r ../model_run.py --max-evals 3 --num-workers 2 -q")
    assert (said.code, said.err) == (0, "")
    assert {row["state"] for row in rows(place / "elsewhere")} == {"COMPLETE"}


def test_the_package_around_the_working_directory_is_importable(hypersonde, place, monkeypatch):
    (place / "lab" / "toy").mkdir(parents=True)
    for folder in ("lab", "lab/toy"):
        (place / folder / "__init__.py").touch()
    for name in ("problem.py", "model_run.py"):
        (place / name).rename(place / "lab" / "toy" / name)
    monkeypatch.chdir(place / "lab")
    said = hypersonde("hps", "random", "-p", "lab.toy.problem.Problem", "-r", "lab.toy.model_run.run", *QUICK[4:])
    assert (said.code, said.err) == (0, "")


def test_a_search_says_what_it_runs_how_it_ended_and_where_the_files_are(hypersonde, place):
    said = hypersonde("hps", "random", *QUICK[:-1], "--seed", 5)
    assert said.code == 0
    assert re.search(r"sampler +random, seed 5\n", said.out)
    assert re.search(r"evaluator +serial x 1\n", said.out)
    assert "4 trials: 4 complete. Ended: all evaluations are done." in said.out
    assert re.search(r"trial +objective +kind +n +x +seconds", said.out)
    for name in ("results.csv", "hypersonde.log", "study.db"):
        assert f"{place / name}\n" in said.out
        assert (place / name).exists()
    assert "To resume" not in said.out


def test_the_same_command_again_resumes_and_counts_what_is_there(searched, place):
    again = "hps random -p problem.py -r model_run.py --evaluator serial --max-evals"
    said = searched(again, 14)
    assert "resuming: 12 of 14 done" in said.out
    assert len(rows(place)) == 14
    assert searched(again, 14).code == 0
    assert len(rows(place)) == 14


def test_a_search_that_ran_out_of_time_tells_how_to_resume(hypersonde):
    line = "hps random -p problem.py -r model_run.py --evaluator serial --timeout 0.2s --max-evals 1000000 --seed 1"
    said = hypersonde(line)
    assert said.code == 0
    assert "Ended: the time is up.\n" in said.out
    assert said.out.endswith(f"To resume: hypersonde {line}\n")


def test_starting_points_come_first_those_of_the_command_line_last(hypersonde, place):
    point = json.dumps({"x": 2.0, "n": 9, "kind": True})
    hypersonde("hps", "random", *QUICK, "--starting-point", point)
    assert [(row["x"], row["kind"]) for row in rows(place)[:2]] == [("1.0", ""), ("2.0", "True")]


def test_metrics_have_names_and_directions_of_their_own(hypersonde, place):
    said = hypersonde(
        "hps random -p problem.py -r model_run.two --evaluator serial --max-evals 9"
        " --metric loss:minimize --metric size --direction maximize",
    )
    assert re.search(r"metrics +minimize loss, maximize size\n", said.out)
    best = read_study(place)[1].best
    assert best.values[0] == min(float(row["loss"]) for row in rows(place))
    assert rows(place)[0]["note"] == "fine"


def test_to_dict_evaluates_nothing_twice_and_a_function_says_what_is_equal(hypersonde, place):
    (place / "keys.py").write_text("def by_n(config):\n    return config['n']\n")
    hypersonde("hps", "random", *QUICK[:-3], "--max-evals", 40, "-q", "--cache-key", "keys.by_n")
    kept = [row for row in rows(place) if row["worker"] != "cache"]
    assert len(rows(place)) == 40
    assert len({row["n"] for row in kept}) == len(kept)


def test_failures_cost_one_trial_each_and_are_counted(hypersonde, place):
    said = hypersonde("hps random -p problem.py -r model_run.sometimes --evaluator serial --max-evals 20")
    assert said.code == 0
    failed = [row for row in rows(place) if row["state"] == "FAILED"]
    assert f"20 trials: {len(failed)} failed, {20 - len(failed)} complete." in said.out
    assert {row["failure"] for row in failed} == {"ValueError: n is too large"}


def test_a_search_without_a_success_gives_up_after_as_many_failures_as_it_was_told(hypersonde, place):
    said = hypersonde("hps random -p problem.py -r model_run.never --evaluator serial --max-failures 3")
    assert said.code == 2
    assert "Ended: every evaluation fails." in said.out
    assert "this was printed" in (place / "output" / "000000.txt").read_text()
    assert len(rows(place)) == 3
    assert said.err.count("no evaluation succeeded") == 1


@pytest.mark.parametrize(("given", "evaluated"), [([], 10), (["--max-failures", 0], 12)])
def test_a_search_without_a_success_gives_up_after_ten_unless_it_never_shall(hypersonde, place, given, evaluated):
    said = hypersonde("hps random -p problem.py -r model_run.never --evaluator serial --max-evals 12 -q", *given)
    assert said.code == 2
    assert len(said.err.splitlines()) == 1
    assert ("the same command goes on" if evaluated == 10 else "a larger --max-evals, or another") in said.err
    assert len(rows(place)) == evaluated


def test_a_time_limit_ends_an_evaluation(hypersonde, place):
    (place / "long.py").write_text(
        "import time\n\ndef run(config):\n    time.sleep(60 * (config['x'] != 1.0))\n    return 1.0\n"
    )
    limit = ("--eval-timeout-minutes", 0.003)
    assert hypersonde("hps random -p problem.py -r long.py --evaluator serial --max-evals 3 -q", *limit).code == 0
    assert [t.state for t in read_study(place)[1]] == [State.COMPLETE, State.FAILED, State.FAILED]


def test_verbose_tells_of_every_evaluation(hypersonde):
    said = hypersonde("hps", "random", *QUICK[:-1], "--verbose")
    assert "trial 0 started (starting point): {'" in said.err
    assert re.search(r"trial 3 COMPLETE after .* s on ", said.err)


def test_gpus_are_handed_out_one_worker_each(hypersonde, place, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    (place / "gpu.py").write_text("import os\n\ndef run(config):\n    return int(os.environ['CUDA_VISIBLE_DEVICES'])\n")
    said = hypersonde("hps random -p problem.py -r gpu.py --evaluator process --num-gpus-per-task 1 --max-evals 6")
    assert re.search(r"evaluator +process x 2\n", said.out)
    assert {float(row["objective"]) for row in rows(place)} <= {4.0, 7.0}


def test_a_small_space_ends_the_search_when_everything_was_tried(hypersonde, place):
    (place / "small.py").write_text(
        "from hypersonde import HpProblem\nProblem = HpProblem({'x': [1, 2], 'kind': ['a', None]})\n"
    )
    said = hypersonde("hps grid -p small.py -r model_run.py --evaluator serial")
    assert said.code == 0
    assert "4 trials: 4 complete. Ended: the search space is exhausted." in said.out


def test_a_command_line_takes_the_place_of_a_run_function(hypersonde, place):
    (place / "train.sh").write_text("echo training\necho $(( $1 * $1 ))\n")
    line = "hps random -p problem.py --evaluator thread --num-workers 2 --max-evals 5 --metric loss:minimize"
    said = hypersonde(line, "--command", "sh train.sh {n}")
    assert (said.code, said.err) == (0, "")
    assert [float(row["loss"]) for row in rows(place)] == [int(row["n"]) ** 2 for row in rows(place)]
    assert "training" in (place / "output" / "000000.txt").read_text()


def test_a_command_line_may_leave_its_result_in_a_file(hypersonde, place):
    line = "hps random -p problem.py --evaluator serial --max-evals 3 -q --objective result.json"
    said = hypersonde(line, "--command", "sh -c 'echo 7 > $HYPERSONDE_DIRECTORY/result.json; echo done'")
    assert (said.code, said.err) == (0, "")
    assert {float(row["objective"]) for row in rows(place)} == {7.0}


def test_failures_of_one_kind_count_together_whatever_each_of_them_says(place, hypersonde):
    (place / "fails.py").write_text("def run(config):\n    raise ValueError(config['x'])\n")
    said = hypersonde("hps random -p problem.py -r fails.py --evaluator serial --max-evals 3 -q")
    assert said.code == 2
    assert "3 of 3 failed with ValueError, such as: 1.0. " in said.err


def test_a_search_learns_from_earlier_ones_and_says_so(hypersonde, place):
    for seed, name in ((1, "one"), (2, "two")):
        made = hypersonde("hps", "random", *QUICK[:-3], "--max-evals", "20", "--seed", f"{seed}", "--log-dir", name)
        assert made.code == 0, made.err
    learning = ("--learn-from", "one", "--learn-from", "two", "--log-dir", "third")
    said = hypersonde("hps", "auto", *QUICK[:-3], "--max-evals", "8", *learning)
    assert said.code == 0, said.err
    assert re.search(r"learning from +one: 20 values, 3 of 3 parameters\n", said.out)
    records = [t.why.get("learned") for t in read_study(place / "third")[1]]
    assert any(re.fullmatch(r"one \S+, two \S+", text) for text in records if text)
    explained = hypersonde("explain", "third")
    assert re.search(r"learned from +one \S+, two \S+", explained.out), explained.out


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--learn-from", "nowhere"), r"there is no study in \S+nowhere: no file study.db"),
        (("--learn-from", "one", "--log-dir", "one"), r"--learn-from: 'one' is the log directory of this very search"),
        (
            ("--learn-from", "one/results.csv", "--metric", "loss"),
            r"'one/results.csv' teaches nothing here: its metrics",
        ),
        (("--learn-from", "one", "--metric", "loss"), r"'one' teaches nothing here: its metrics are \['objective'\]"),
    ],
)
def test_a_study_that_cannot_be_learned_from_is_one_line(hypersonde, place, options, complaint):
    assert hypersonde("hps", "random", *QUICK, "--log-dir", "one").code == 0
    said = hypersonde("hps", "auto", *QUICK, "--log-dir", "other", *options)
    assert said.code == 2
    assert re.search(complaint, said.err), said.err
    assert said.err.count("\n") == 1
