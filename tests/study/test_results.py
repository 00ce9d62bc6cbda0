"""results.csv is replaced whole, by any number of writers, and nothing is left beside it."""

import os
from pathlib import Path

from hypersonde.problem import HpProblem
from hypersonde.study import results
from hypersonde.study.results import ResultsFile
from hypersonde.trials import History, Metric


def test_writers_of_one_process_do_not_share_the_file_beside(tmp_path: Path, monkeypatch) -> None:
    history = History(HpProblem({"x": (0.0, 1.0)}), [Metric("loss", "minimize")])
    first, second = (ResultsFile(tmp_path / "results.csv") for _ in range(2))
    replace = os.replace

    def while_another_writes(beside: Path, path: Path) -> None:
        monkeypatch.setattr(results.os, "replace", replace)
        second.flush(history)
        replace(beside, path)

    monkeypatch.setattr(results.os, "replace", while_another_writes)
    first.flush(history)
    assert os.listdir(tmp_path) == ["results.csv"]


def test_what_a_killed_writer_left_is_swept_away_and_what_is_being_written_stays(tmp_path: Path) -> None:
    stale, fresh = tmp_path / ".results.csv.dead", tmp_path / ".results.csv.alive"
    for path in (stale, fresh):
        path.touch()
    os.utime(stale, (0, 0))
    ResultsFile(tmp_path / "results.csv")
    assert os.listdir(tmp_path) == [".results.csv.alive"]
