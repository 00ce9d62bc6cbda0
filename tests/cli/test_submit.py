"""Submitting in the background of this machine: the whole life of a run, and mistakes."""

import os
import signal
from pathlib import Path

import pytest
from integration.queueing import User, nothing_lost_nothing_twice, until, until_over

from hypersonde.batch import Run


@pytest.fixture
def user(tmp_path: Path) -> User:
    return User(tmp_path, {})


def test_a_run_is_submitted_watched_cancelled_and_resumed(user: User) -> None:
    run = user.submit("first", "-t 5 --scheduler local --workers-per-node 2", evals=30, seconds=0.05, hold=10)
    until(lambda: user.ended("first") >= 4, 180, "some ends", lambda: user.said(run))
    assert "running" in user.hypersonde("status first")
    assert "cancelled" in user.hypersonde("cancel first")
    until(lambda: "no job" in user.hypersonde("status first"), 180, "the end of its job")
    assert "stopped" in user.hypersonde("status first")
    user.release("first")
    user.hypersonde("resume first")
    said = user.hypersonde("logs first --follow")
    assert "Ended: all evaluations are done" in said, said
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 30)
    assert "first" in user.hypersonde("jobs")


def test_a_run_is_resumed_with_other_limits_when_no_job_of_it_is_alive(user: User) -> None:
    run = user.submit("first", "-t 5 --scheduler local --workers-per-node 2", evals=900, hold=10)
    busy = user.hypersonde("resume first --max-evals 10", code=2)
    assert "is queued or running, with the limits that it was submitted with" in busy, busy
    until(lambda: user.ended("first") > 2, 180, "some ends", lambda: user.said(run))
    user.hypersonde("cancel first")
    user.release("first")
    done = user.history(run).finished  # an evaluation may have ended without the search having heard of it
    fewer = user.hypersonde(f"resume first --max-evals {done}", code=2)
    assert f"--max-evals {done}: first has finished {done} evaluations already. Give more." in fewer, fewer
    assert Run.load(run.directory).max_evals == 900
    wanted = done + 6
    user.hypersonde(f"resume first --max-evals {wanted} -t 7")
    shorter = Run.load(run.directory)
    assert (shorter.max_evals, shorter.allocation.minutes) == (wanted, 7)
    until_over(user, shorter)
    nothing_lost_nothing_twice(user, shorter, wanted)
    assert f"For more: hypersonde resume first --max-evals {2 * wanted}" in user.hypersonde("resume first")


def test_a_run_goes_on_with_the_code_that_was_submitted(user: User) -> None:
    run = user.submit("first", "-t 5 --scheduler local", evals=4)
    (user.home / "model_run.py").write_text("raise RuntimeError('changed')")
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 4)
    assert "4 trials: 4 complete" in user.hypersonde("show runs/first")
    assert "COMPLETE" in user.hypersonde("show runs/first --trial 2")


def test_two_jobs_of_a_run_share_its_study(user: User) -> None:
    run = user.submit("first", "-t 5 --scheduler local --jobs 2 --workers-per-node 1", evals=12, seconds=0.4)
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 12)
    assert len(run.jobs) == 2


LINE = "submit hps random first -p problem.py -r model_run.py -t 5 --scheduler local"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (LINE.replace("problem.py", "nosuch.py"), "--problem nosuch.py: the file nosuch.py does not exist"),
        (LINE.replace("model_run.py", "problem.py"), "there is no 'run' in"),
        (LINE.replace("local", "slrum"), "unknown scheduler 'slrum'. Did you mean 'slurm'?"),
        (LINE.replace("random", "randon"), "unknown search 'randon'. Did you mean 'random'?"),
        (LINE.replace(" first ", " fir/st "), "the name of a run has letters"),
        (f"{LINE} -j mip", "unknown job mode 'mip'. Did you mean 'mpi'?"),
        (f"{LINE} -n 2 --storage study.db", "several nodes or jobs cannot share a SQLite file"),
        (f"{LINE} --directive gres", "--directive gres: expected NAME=VALUE"),
        (f"{LINE} --timeout soon", "--timeout: a span of time: got 'soon'"),
        (LINE.replace(" -t 5", ""), "Missing option '--time-minutes' / '-t'"),
        ("status nosuch", "there is no run 'nosuch'"),
        ("logs nosuch", "there is no run 'nosuch'"),
        ("cancel nosuch", "there is no run 'nosuch'"),
        ("resume nosuch", "there is no run 'nosuch'"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(user: User, line: str, said: str) -> None:
    told = user.hypersonde(line, code=2)
    errors = [part for part in told.splitlines() if part.startswith("error:")]
    assert len(errors) == 1, told
    assert said in errors[0], told
    assert "Traceback" not in told
    assert not (user.home / "runs" / "first").exists()


def test_without_a_queue_the_way_out_is_named(user: User, tmp_path: Path) -> None:
    user.environment["PATH"] = str(tmp_path)
    told = user.hypersonde(LINE.replace(" --scheduler local", ""), code=2)
    assert "no batch queue was found on this machine" in told
    assert "--scheduler local" in told


def test_an_empty_directory_has_no_runs(user: User) -> None:
    assert "there are no runs in" in user.hypersonde("jobs")


def broken(user: User, *options: str) -> Run:
    """A run whose only job has ended by itself."""
    line = "submit hps random broken -p problem.py -r model_run.py --max-evals 4 -t 5 --scheduler local"
    user.hypersonde(line, *options)
    run = Run.load(user.home / "runs" / "broken")
    until(lambda: run.jobs[0].code is not None, 60, "the end")
    return run


def test_a_setup_that_fails_is_the_reason_and_the_way_on_is_to_mend_it(user: User) -> None:
    run = broken(user, "--setup", "modul load cuda")
    assert run.jobs[0].code == 127
    status = " ".join(user.hypersonde("status broken").split())
    assert "exit code 127" in status
    assert "the setup has failed" in status
    assert "modul" in status
    assert "Mend what it says in" in status
    assert "environment.sh (the setup)" in status
    environment = run.directory / "environment.sh"
    environment.write_text(environment.read_text().replace("modul load cuda", "true"))
    user.environment |= {"DIARY": "broken", "SECONDS_EACH": "0.05", "HOLD": "100"}
    user.hypersonde("resume broken")
    until_over(user, run)


def test_a_setup_that_exits_has_failed_as_well(user: User) -> None:
    run = broken(user, "--setup", "echo no licence; exit 3")
    assert run.jobs[0].code == 3
    assert run.last_words(run.jobs[0].id).endswith("environment.sh): no licence")


def test_an_mpirun_that_does_not_exist_is_the_reason(user: User) -> None:
    broken(user, "-j", "mpi", "--mpirun", "srunx -n {ranks}")
    status = " ".join(user.hypersonde("status broken").split())
    assert "exit code 127" in status
    assert "srunx: command not found" in status
    assert "Mend what it says in" in status


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_submission_that_is_killed_while_the_queue_does_not_answer_leaves_the_name_free(
    user: User, tmp_path: Path, number: int
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in {"sbatch": f"touch {tmp_path}/asked; exec sleep 60", "squeue": "exit 0"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    user.environment["PATH"] = f"{programs}:{os.environ['PATH']}"
    line = "submit hps random slow -p problem.py -r model_run.py --max-evals 2 -t 5"
    with user.watch(f"{line} --scheduler slurm") as submission:
        until((tmp_path / "asked").exists, 60, "the question")
        assert submission.stdout is not None
        assert any("waiting for slurm to take the job" in said for said in iter(submission.stdout.readline, ""))
        submission.send_signal(number)
        submission.wait(timeout=60)
    if number == signal.SIGTERM:
        assert submission.returncode == 128 + number
        assert not (user.home / "runs" / "slow").exists()
    user.environment |= {"DIARY": "slow", "SECONDS_EACH": "0.05", "HOLD": "100"}
    user.hypersonde(f"{line} --scheduler local")
    until_over(user, Run.load(user.home / "runs" / "slow"))
    taken = user.hypersonde(f"{line} --scheduler local", code=2)
    assert "there is a run 'slow' already" in taken
