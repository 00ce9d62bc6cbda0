"""The record of a run: read by anyone, never half there."""

import json
from pathlib import Path

import pytest

from hypersonde.batch import Allocation, Job, Layout, Run, runs_in
from hypersonde.errors import InvalidInput


def a_run(directory: Path, **more: object) -> Run:
    directory.mkdir(parents=True, exist_ok=True)
    known = {
        "search": ("random", "--seed", "7"),
        "mode": "serial",
        "allocation": Allocation("slurm", 30, 4, "debug", "science", {"gres": "gpu:4"}),
        "layout": Layout(2, cpus_per_task=4),
        "max_evals": 7,
        "storage": f"spool:{directory}/study",
        "study": "study",
        "requeue": True,
        "home": directory.parent,
        "created": 1.5,
    }
    return Run(directory=directory, **{**known, **more})  # type: ignore[arg-type]


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first")
    run.save()
    assert Run.load(tmp_path / "first") == run


def test_a_run_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    a_run(tmp_path / "first").save()
    with pytest.raises(InvalidInput, match=r"there is no run 'second' in .*Runs there: first"):
        Run.load(tmp_path / "second")


def test_a_record_that_is_none_is_said_to_be_none(tmp_path: Path) -> None:
    a_run(tmp_path / "first").save()
    (tmp_path / "first" / "run.json").write_text("{")
    with pytest.raises(InvalidInput, match="is no record of a run"):
        Run.load(tmp_path / "first")
    assert runs_in(tmp_path) == []


def test_jobs_are_known_by_their_files_and_ended_when_their_scripts_have(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first")
    run.record(Job("12.server", 20.0, 3))
    run.record(Job("7.server", 10.0))
    assert [job.id for job in run.jobs] == ["7.server", "12.server"]
    assert [job.code for job in run.jobs] == [None, None]
    (run.directory / "ended").mkdir()
    (run.directory / "ended" / "7.server").write_text("143\n")
    assert run.jobs[0] == Job("7.server", 10.0, 0, 143)
    assert run.jobs[1].finished_before == 3


def test_a_job_that_began_before_it_was_put_on_record_is_a_job(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first")
    (run.directory / "jobs").mkdir()
    (run.directory / "jobs" / "9").touch()
    (job,) = run.jobs
    assert (job.id, job.finished_before) == ("9", 0)


def test_a_run_is_called_off_and_on_again(tmp_path: Path) -> None:
    run = a_run(tmp_path / "first")
    run.call_off()
    assert run.cancelled
    run.call_off(False)
    assert not run.cancelled


def test_runs_are_listed_oldest_first_and_other_things_are_not_runs(tmp_path: Path) -> None:
    a_run(tmp_path / "b", created=1.0).save()
    a_run(tmp_path / "a", created=2.0).save()
    (tmp_path / "notes").mkdir()
    assert [run.name for run in runs_in(tmp_path)] == ["b", "a"]
    assert runs_in(tmp_path / "nowhere") == []


def test_the_record_is_readable_by_people(tmp_path: Path) -> None:
    a_run(tmp_path / "first").save()
    known = json.loads((tmp_path / "first" / "run.json").read_text())
    assert known["allocation"]["directives"] == {"gres": "gpu:4"}
