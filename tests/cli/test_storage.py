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
