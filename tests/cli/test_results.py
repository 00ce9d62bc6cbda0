"""``hypersonde topk`` and ``hypersonde show``: reading a search."""

import csv
import json
import re

import pytest
import yaml

from hypersonde.study.explanation import model_quality
from hypersonde.study.reading import read_study


def test_topk_prints_the_best_as_yaml_under_its_rank(searched, place):
    said = searched("topk", "results.csv")
    history = read_study(place)[1]
    best = history.best
    assert said.out.startswith("'0':\n")
    assert yaml.safe_load(said.out)["0"] == {
        **best.config,
        "objective": best.value,
        "trial": best.number,
        "elapsed_sec": pytest.approx(best.finished - history[0].queued, abs=1e-6),
    }


def test_topk_ranks_best_first_and_knows_as_many_as_there_are(searched, place):
    ranked = yaml.safe_load(searched("topk", ".", "-k", 50).out)
    assert list(ranked) == [str(i) for i in sorted(map(int, ranked))] or len(ranked) == 12
    values = [ranked[str(i)]["objective"] for i in range(12)]
    assert values == sorted(values, reverse=True)


def test_topk_says_how_often_a_configuration_was_tried_and_what_came_out_on_average(hypersonde, place):
    (place / "noisy.py").write_text(
        "import random\n"
        "from hypersonde import HpProblem\n"
        "Problem = HpProblem({'x': (0, 9), 'y': (0, 9), 'tried': (0, 9)})\n"
        "run = lambda config: config['x'] + 9 * random.random()\n"
    )
    hypersonde("hps differential-evolution -p noisy.py -r noisy.run --evaluator serial --max-evals 150 -q")
    history = read_study(place)[1]
    rows = yaml.safe_load(hypersonde("topk", "results.csv", "-k", 150).out).values()
    assert sum("mean" in row for row in rows) >= 4
    for row in rows:
        trial = history[row["trial"]]
        alike = [t.value for t in history if t.config == trial.config]
        assert row.get("mean", row["objective"]) == pytest.approx(sum(alike) / len(alike))
        assert row["tried"] == trial.config["tried"], "a parameter keeps its name"


@pytest.mark.parametrize("suffix", ["json", "yaml", "yml", "csv"])
def test_topk_writes_what_it_prints(searched, place, suffix):
    printed = yaml.safe_load(searched("topk", "results.csv", "-k", 3, "-o", f"best.{suffix}").out)
    text = (place / f"best.{suffix}").read_text()
    if suffix == "csv":
        lines = list(csv.DictReader(text.splitlines()))
        assert [float(line["x"]) for line in lines] == [printed[str(i)]["x"] for i in range(3)]
    else:
        assert (json.loads if suffix == "json" else yaml.safe_load)(text) == printed


def test_topk_has_the_study_s_types_back_and_does_without_the_study(searched, place):
    printed = yaml.safe_load(searched("topk", "results.csv", "-k", 12).out)
    assert {type(row["kind"]) for row in printed.values()} == {str, bool, type(None)}
    (place / "study.db").unlink()
    without = yaml.safe_load(searched("topk", "results.csv", "-k", 12).out)
    for rank, row in printed.items():
        assert {**row, "kind": row["kind"]} == {"kind": None, **without[rank]}


def test_topk_takes_metric_and_direction_from_the_study_unless_told(hypersonde):
    hypersonde(
        "hps random -p problem.py -r model_run.two --evaluator serial --max-evals 9 -q"
        " --metric loss:minimize --metric size:maximize",
    )

    def values(name, *more):
        best = yaml.safe_load(hypersonde("topk", "results.csv", "-k", 9, *more).out)
        return [best[str(i)][name] for i in range(9)]

    assert values("loss") == sorted(values("loss"))
    assert values("size", "--metric", "size") == sorted(values("size"), reverse=True)
    assert values("loss", "--direction", "maximize") == sorted(values("loss"), reverse=True)


def test_topk_by_model_names_every_configuration_once_with_what_is_expected_of_it(searched, place):
    said = searched("topk", ".", "-k", 5, "--by-model")
    ranked = list(yaml.safe_load(said.out).values())
    expected = [row["predicted"] for row in ranked]
    assert expected == sorted(expected, reverse=True)
    model = model_quality(read_study(place)[1])
    assert ranked[0]["trial"] == model.promise.number
    assert expected[0] == pytest.approx(model.promise.predicted)
    assert len({row["trial"] for row in ranked}) == 5


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--direction", "minimize"), "--by-model: got minimize 'objective' of .*Give the directory"),
        ((), "--by-model: got maximize 'objective' of results.csv, expected a metric as its study has it"),
    ],
)
def test_topk_by_model_needs_the_study_and_its_own_direction(searched, place, arguments, complaint):
    if not arguments:
        (place / "study.db").unlink()
    assert re.search(complaint, searched("topk", "results.csv", "--by-model", *arguments).err)


def test_topk_by_model_says_so_when_there_is_too_little_to_learn_from(hypersonde):
    hypersonde("hps random -p problem.py -r model_run.two --evaluator serial --max-evals 5 -q --metric loss:minimize")
    assert "5 results, or all the same, teach a model nothing; it takes 10" in hypersonde("topk", "--by-model").err


def test_topk_names_the_metrics_when_one_is_unknown_and_says_when_nothing_succeeded(searched, place):
    assert (
        "unknown metric in results.csv: 'objectiv'. Did you mean 'objective'?"
        in searched("topk", "results.csv", "--metric", "objectiv").err
    )
    (place / "study.db").unlink()
    searched("hps random -p problem.py -r model_run.never --evaluator serial --max-evals 2 -q")
    assert "no row has a value of 'objective' yet" in searched("topk", "results.csv").err


def test_show_sums_up_a_study_without_its_problem(searched, place):
    (place / "problem.py").unlink()
    said = searched("show")
    assert said.code == 0
    assert re.search(r"trials +12 trials: 12 complete\n", said.out)
    assert re.search(r"chosen by +random \(11\), starting point \(1\)\n", said.out)
    assert re.search(r"metrics +maximize objective\n", said.out)
    assert re.search(r"seed +3\n", said.out)


def test_show_tells_all_about_one_trial(hypersonde, place):
    hypersonde("hps random -p problem.py -r model_run.never --evaluator serial --max-evals 2 -q")
    said = hypersonde("show", place, "--trial", 0)
    assert re.search(r"state +FAILED\n", said.out)
    assert re.search(r"  kind +None\n", said.out)
    assert re.search(r"failure +ValueError: no way\n", said.out)
    assert f"{place / 'output' / '000000.txt'}\n" in said.out
    assert "model_run.py" in said.out
    assert "no evaluation succeeded: 2 of 2 failed" in hypersonde("show", place).out
    assert "no such trial" in hypersonde("show", place, "--trial", 2).err


def test_reading_a_study_changes_nothing(searched, place):
    before = {p.name: p.read_bytes() for p in place.iterdir() if p.name == "study.db"}
    searched("show")
    searched("topk", "results.csv")
    assert {p.name: p.read_bytes() for p in place.iterdir() if p.name == "study.db"} == before


def two_metrics(hypersonde, more=""):
    line = "hps random -p problem.py -r model_run.two --evaluator serial --seed 1 --metric loss:minimize --max-evals"
    said = hypersonde(f"{line} 30 {more}")
    assert said.code == 0, said.err
    return said


def test_topk_prints_the_metric_that_it_ranks_by(hypersonde, place):
    two_metrics(hypersonde)
    printed = yaml.safe_load(hypersonde("topk . --metric size -k 2 -o best.csv").out)
    assert [row["size"] for row in printed.values()] == [9, 9]
    assert [row["size"] for row in csv.DictReader((place / "best.csv").read_text().splitlines())] == ["9", "9"]


def test_topk_reads_the_study_when_the_table_is_gone_and_the_table_when_the_study_is(searched, place):
    def found():
        said = searched("topk . -k 3")
        assert said.code == 0, said.err
        return said.err, [row["x"] for row in yaml.safe_load(said.out).values()]

    _, best = found()
    table = (place / "results.csv").read_text()
    (place / "results.csv").unlink()
    assert found() == ("", best)
    (place / "results.csv").write_text(table)
    (place / "study.db").write_text("no database at all" * 100)
    note, without = found()
    assert without == best
    assert re.fullmatch("note: by the table alone, .*\n", note)


def test_a_table_alone_cannot_tell_metrics_from_parameters(hypersonde, place):
    two_metrics(hypersonde)
    (place / "study.db").unlink()
    said = hypersonde("topk results.csv")
    assert said.code == 2
    assert "has no column 'objective', and there is no study beside it that says which ones are metrics" in said.err
    assert hypersonde("topk results.csv --metric loss --direction minimize").code == 0


def test_the_table_of_several_metrics_says_that_it_is_the_pareto_set(hypersonde, place):
    said = two_metrics(hypersonde, "--metric size:minimize")
    front = read_study(place)[1].pareto
    line = f"Pareto set: {len(front)} trials that no other one equals or beats in every metric"
    assert line in said.out
    assert line in hypersonde("show .").out
    assert "Pareto" not in hypersonde("hps random -p problem.py -r model_run.py --log-dir one --max-evals 3").out


def test_words_that_look_like_values_are_told_apart(hypersonde, place):
    (place / "words.py").write_text(
        "from hypersonde import HpProblem\n"
        "Problem = HpProblem({'kind': ['None', None, '1', 1, 'relu']})\n"
        "run = lambda config: 0.0\n"
    )
    said = hypersonde("hps grid -p words.py -r words.run --evaluator serial")
    shown = re.findall(r"^\d +0 +(\S+)", said.out, re.M)
    assert sorted(shown) == sorted(["'None'", "None", "'1'", "1", "relu"])
    trials = {str(t.config["kind"]): t.number for t in read_study(place)[1] if isinstance(t.config["kind"], str)}
    assert re.search(r"kind +'None'\n", hypersonde("show --trial", trials["None"]).out)
