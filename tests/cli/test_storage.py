"""Searches that share a log, from the command line."""

import pytest

from hypersonde.storage import Header, open_storage
from hypersonde.testing.storages import log_of
from hypersonde.trials import Finished

SEARCH = "hps random -p problem.py -r model_run.py --evaluator thread --num-workers 2 -q --max-evals"


@pytest.mark.parametrize("shared", ["spool:shared", "shared/study.db"])
def test_a_search_from_another_log_directory_goes_on_with_the_same_study(hypersonde, shared, tmp_path):
    for directory, evals in (("one", 6), ("two", 9)):
        said = hypersonde(f"{SEARCH} {evals} --storage {shared} --study-name both --log-dir {directory}")
        assert (said.code, said.err) == (0, "")
        assert len((tmp_path / directory / "results.csv").read_text().splitlines()) == 1 + evals
        assert not (tmp_path / directory / "study.db").exists()
    log = log_of(lambda: open_storage(shared), Header("both", {}))
    assert sorted(e.number for e in log if isinstance(e, Finished)) == list(range(9))


def test_an_unknown_kind_of_storage_is_one_line(hypersonde):
    said = hypersonde(f"{SEARCH} 3 --storage mysql://me@here/db")
    assert said.code == 2
    assert said.err.startswith("error: unknown kind of storage")
    assert said.err.count("\n") == 1


def test_a_study_is_listed_and_goes_from_place_to_place(searched):
    for source, target in ((".", "spool:shared"), ("spool:shared", "back.db")):
        said = searched(f"storage copy {source} {target}")
        assert (said.code, said.out) == (0, f"study study: 12 trials, 12 finished, now also in {target}\n")
    assert log_of(lambda: open_storage("back.db"), Header("study", {})) == log_of(
        lambda: open_storage("study.db"), Header("study", {})
    )
    said = searched("storage list back.db")
    assert said.out.split()[-5:] == ["study", "12", "12", "maximize", "objective"]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("storage list none.db", "there is nothing at"),
        ("storage copy none.db other.db", "there is nothing at"),
        ("storage copy . other.db --study-name nobody", "the source has 'study'"),
        ("storage copy . mysql://x/y", "unknown kind of storage"),
        ("storage merge . ./ both.db", "given twice"),
        ("storage merge none both.db", "there is nothing at"),
        ("storage merge . both.db --study-name nobody", "the source has 'study'"),
    ],
)
def test_mistakes_with_storages_are_one_line(searched, line, sentence):
    said = searched(line)
    assert said.code == 2
    assert sentence in said.err.splitlines()[-1]
    assert "Traceback" not in said.err


@pytest.mark.parametrize(("source", "target"), [(".", "."), (".", "study.db"), ("study.db", "../{}/study.db")])
def test_a_study_is_not_copied_onto_itself(searched, place, source, target):
    said = searched("storage copy", source, target.format(place.name))
    assert said.code == 2
    assert "are one place. Give another target." in said.err
