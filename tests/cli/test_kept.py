"""``show``, ``explain`` and ``topk`` of studies that are in a storage of their own."""

import re

import pytest
import yaml

SEARCH = "hps random -p problem.py -r model_run.py --evaluator thread --num-workers 2 -q --seed 3"


@pytest.fixture(params=["spool", "sqlite", "postgresql"])
def shared(request, hypersonde, tmp_path):
    """A place with two studies, and the command."""
    place = {"spool": "spool:shared", "sqlite": "shared/study.db"}.get(request.param)
    place = place or request.getfixturevalue("postgres").new_place()
    for name, evals in (("first", 8), ("second", 5)):
        said = hypersonde(*SEARCH.split(), "--max-evals", evals, *told(place, name), "--log-dir", f"runs/{name}")
        assert (said.code, said.err) == (0, "")
    return place, hypersonde


def told(place, name):
    return ("--storage", place, "--study-name", name)


def test_a_study_of_a_storage_is_shown(shared):
    place, hypersonde = shared
    said = hypersonde("show", *told(place, "first"))
    assert (said.code, said.err) == (0, "")
    assert re.search(rf"storage +{re.escape(place)}\n", said.out)
    assert re.search(r"trials +8 trials: 8 complete\n", said.out)
    assert re.search(r"trials +5 trials: 5 complete\n", hypersonde("show", *told(place, "second")).out)
    one = hypersonde("show", "runs/first", "--trial", 3, *told(place, "first"))
    assert re.search(r"state +COMPLETE\n", one.out)


def test_a_study_of_a_storage_is_explained(shared):
    place, hypersonde = shared
    assert hypersonde("explain", *told(place, "first")).out.startswith("8 trials: 8 complete.\n")
    said = hypersonde("explain", ".", 2, *told(place, "first"))
    assert (said.code, said.err) == (0, "")
    assert re.search(r"trial +2, COMPLETE\n", said.out)


def test_the_best_of_a_storage_are_those_of_the_table(shared):
    place, hypersonde = shared
    from_log = hypersonde("topk", *told(place, "first"), "-k", 3)
    assert (from_log.code, from_log.err) == (0, "")
    best = yaml.safe_load(from_log.out)
    from_file = yaml.safe_load(hypersonde("topk", "runs/first", "-k", 3).out)
    assert list(best) == ["0", "1", "2"]
    assert [best[i]["trial"] for i in best] == [from_file[i]["trial"] for i in best]
    assert [best[i]["x"] for i in best] == [from_file[i]["x"] for i in best]


@pytest.mark.parametrize("command", ["show", "explain", "topk"])
def test_a_study_that_is_not_there_is_one_line_that_names_those_that_are(shared, command):
    place, hypersonde = shared
    said = hypersonde(command, *told(place, "frist"))
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert "'frist'. Did you mean 'first'? Known: first, second." in said.err


def test_the_only_study_needs_no_name_whatever_it_is(hypersonde):
    hypersonde(f"{SEARCH} --max-evals 3 --study-name mine --log-dir runs")
    for line in ("show runs", "show --storage runs", "explain runs", "topk runs", "topk --storage runs/study.db"):
        said = hypersonde(line)
        assert (said.code, said.err) == (0, ""), line


def test_a_search_that_failed_names_the_command_that_shows_its_study(hypersonde):
    line = "hps random -p problem.py -r model_run.py:never --evaluator serial -q --max-evals 2"
    said = hypersonde(f"{line} --storage spool:shared --study-name first")
    assert said.code == 2
    command = said.err.strip().rpartition("hypersonde ")[2]
    assert command == "show --storage spool:shared --study-name first --trial 0"
    assert re.search(r"state +FAILED\n", hypersonde(command).out)
