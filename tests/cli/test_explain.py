"""``hypersonde explain``: a search and its trials, explained from the log alone."""

import re

import pytest

from hypersonde.study.reading import read_study

SEARCH = "-p problem.py -r model_run.py --evaluator serial --seed 3 -q"


@pytest.fixture
def modelled(hypersonde):
    """The command, after a search by the default sampler."""
    said = hypersonde(f"hps auto {SEARCH} --max-evals 18")
    assert said.code == 0, said.err
    return hypersonde


def test_a_suggestion_of_a_model_is_explained_with_what_was_predicted(modelled, place):
    (place / "problem.py").unlink()
    trial = read_study(place)[1][17]
    said = modelled("explain", place, 17)
    assert said.code == 0, said.err
    assert re.search(r"trial +17, COMPLETE\n", said.out)
    assert f"auto: {trial.why['proposer']}" in said.out
    assert re.search(rf"predicted +objective {trial.why['predicted']:.6g}, deviation ", said.out)
    assert re.search(rf"measured +objective {re.escape(f'{trial.value:.6g}')}, ", said.out)
    assert re.search(r"known then +17 finished, 0 without a result\n", said.out)
    assert re.search(r"nearest +trial \d+, distance ", said.out)
    assert re.search(r"rank +\d+ of 18 then, \d+ of 18 now\n", said.out)
    assert re.search(r"incumbent +trial \d+, objective .*; \d of 3 parameters differ\n", said.out)


def test_a_choice_without_a_prediction_says_so(modelled, place):
    said = modelled("explain", place, 0)
    assert "starting point, given with the problem" in said.out
    assert re.search(r"predicted +no prediction recorded\n", said.out)
    assert re.search(r"nearest +nothing had finished\n", said.out)
    assert re.search(r"incumbent +none: nothing had a value\n", said.out)


def test_a_study_is_explained_as_a_whole(modelled, place):
    said = modelled("explain", place)
    assert said.code == 0, said.err
    assert said.out.startswith("18 trials: 18 complete.\n")
    assert "model of objective: a Gaussian process on 18 trials, each left out in turn" in said.out
    assert re.search(r"  left out +R2 -?[\d.]+, rank correlation ", said.out)
    assert re.search(r"^x +\d+ % ", said.out, re.M)
    assert re.search(r"^90 % +\d+ % \(\d+ of 18\), ", said.out, re.M)
    assert re.search(r"^design +\d+ +\d+ % ", said.out, re.M)
    assert said.out.rstrip().endswith("failures: none")


def test_a_study_of_any_sampler_has_a_model_even_where_nothing_was_predicted(searched, place):
    said = searched("explain", place)
    assert "a Gaussian process on 12 trials" in said.out
    assert "predictions of objective when trials were suggested: none recorded" in said.out
    assert re.search(r"^random +11 +92 % ", said.out, re.M)


def test_ambs_names_its_acquisition_functions(hypersonde, place):
    hypersonde(f"hps ambs {SEARCH} --surrogate-model GP --initial-points 4 --max-evals 6")
    said = hypersonde("explain", ".", 5)
    assert said.code == 0, said.err
    acquisition = read_study(place)[1][5].why["acquisition"]
    assert f"ambs: {acquisition}" in said.out
    assert re.search(r"predicted +objective .*, deviation ", said.out)
    assert "instead" not in said.out
    assert re.search(rf"^{acquisition} +\d", hypersonde("explain").out, re.M)


def test_too_little_data_is_said_and_failures_are_listed(hypersonde, place):
    hypersonde(f"hps random {SEARCH.replace('.py -r model_run.py', '.py -r model_run.never')} --max-evals 3")
    said = hypersonde("explain")
    assert said.code == 0, said.err
    assert "model of objective: too little to go by, 0 values of at least 10." in said.out
    assert re.search(r"^ValueError +3 +2 +ValueError: no way", said.out, re.M)
    assert re.search(r"measured +nothing: ValueError: no way\n", hypersonde("explain", ".", 1).out)


def test_every_metric_has_a_model_of_its_own(hypersonde, place):
    said = hypersonde(
        "hps random -p problem.py -r model_run.two --evaluator serial --max-evals 12 -q"
        " --metric loss:minimize --metric size:maximize"
    )
    assert said.code == 0, said.err
    said = hypersonde("explain")
    assert "model of loss: a Gaussian process on 12 trials" in said.out
    assert "model of size: a Gaussian process on 12 trials" in said.out


def test_values_that_are_all_the_same_leave_nothing_to_predict(hypersonde, place):
    (place / "flat.py").write_text("def run(config):\n    return 1.0\n")
    hypersonde("hps random -p problem.py -r flat.py --evaluator serial --max-evals 11 -q")
    assert "nothing to predict, all 11 values are the same." in hypersonde("explain").out


def test_brackets_in_names_and_values_are_printed_as_they_are(hypersonde, place):
    (place / "odd.py").write_text(
        "from hypersonde import HpProblem\n"
        "Problem = HpProblem({'x[red]': (0.0, 1.0), 'kind': ['[bold]', '[/]']})\n"
        "def run(config):\n    return config['x[red]']\n"
    )
    said = hypersonde("hps random -p odd.py -r odd.py --evaluator serial --max-evals 12 -q --seed 1")
    assert said.code == 0, said.err
    assert "x[red]" in hypersonde("explain").out
    printed = "".join(hypersonde("explain", ".", i).out for i in range(12))
    assert "[bold]" in printed
    assert "[/]" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nowhere",), "there is no study in "),
        ((".", 18), "trial 18: no such trial in "),
        ((".", -1), "-1"),
        ((".", "best"), "trial best: no such trial in "),
    ],
)
def test_a_mistake_is_one_line(modelled, arguments, sentence):
    said = modelled("explain", *arguments)
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    assert sentence in said.err


def test_what_was_expected_of_every_metric_is_said(hypersonde, place):
    metrics = "--metric loss:minimize --metric size:minimize"
    said = hypersonde(f"hps auto {SEARCH.replace('model_run.py', 'model_run.py:two')} {metrics} --max-evals 24")
    assert said.code == 0, said.err
    trials = read_study(place)[1]
    gaining = [t for t in trials if t.why.get("proposer") == "gp-hvi"]
    assert gaining
    said = hypersonde("explain", place, gaining[-1].number)
    assert "auto: gp-hvi, expected gain of hypervolume under a Gaussian process for each metric" in said.out
    assert re.search(r"predicted +loss \S+, deviation \S+; size \S+, deviation \S+\n", said.out)
    assert re.search(r"measured +loss .* predicted; size .* predicted\n", said.out)
    assert "deviation size" not in said.out
    compromise = [t for t in trials if t.why.get("proposer") in ("gp-ei", "gp-lcb")]
    if compromise:
        assert "random compromise" in hypersonde("explain", place, compromise[0].number).out


def test_the_design_of_a_search_is_a_proposer_of_its_own(hypersonde, place):
    assert hypersonde(f"hps ambs {SEARCH} --max-evals 14").code == 0
    said = hypersonde("explain", place)
    assert re.search(r"^design +9 ", said.out, re.M), said.out
    assert "design, spread evenly before the model is asked" in hypersonde("explain", place, 3).out


def test_a_grid_asks_no_model_before_or_after(hypersonde):
    hypersonde("hps grid -p problem.py -r model_run.py --evaluator serial --max-evals 5 -q")
    said = hypersonde("explain . 3")
    assert "chosen by" in said.out
    assert "model is asked" not in said.out
