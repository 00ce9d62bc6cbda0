"""Every console line of the page on batch queues, run on a real Slurm."""

import csv
from pathlib import Path

import pytest
from docs.test_engines import DOCS, PROBLEM, RUN, execute
from services.slurm import Slurm


def test_the_commands_of_the_page_run_to_their_end(
    slurm: Slurm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "problem.py").write_text(PROBLEM)
    (tmp_path / "run.py").write_text(RUN)
    monkeypatch.setenv("SLURM_CONF", str(slurm.conf))
    execute(DOCS / "engines/batch.md", tmp_path)
    for name, evaluations in {"first": 12, "third": 6}.items():
        with open(tmp_path / "runs" / name / "results.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["state"] for row in rows] == ["COMPLETE"] * evaluations, name
    assert not (tmp_path / "runs" / "second").exists()
