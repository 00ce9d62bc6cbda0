"""Searches through the commands of PBS: those of Slurm's package for users of PBS, and what PBS documents."""

from pathlib import Path

import pytest
from integration.queueing import User, nothing_lost_nothing_twice, site, until, until_over
from services.slurm import Slurm


@pytest.fixture(scope="module")
def user(slurm: Slurm, tmp_path_factory: pytest.TempPathFactory) -> User:
    return User(tmp_path_factory.mktemp("pbs"), slurm.environment)


def test_a_search_comes_to_its_end_through_qsub_and_qstat(user: User) -> None:
    run = user.submit("wrapped", "-t 5 --scheduler pbs -q debug", evals=12)
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 12)
    assert "done" in user.hypersonde("status wrapped")


def test_qdel_ends_a_search_which_goes_on_later(user: User) -> None:
    run = user.submit("deleted", "-t 5 --scheduler pbs", evals=20, hold=8)
    until(lambda: user.ended("deleted") >= 3, 180, "some ends", lambda: user.said(run))
    assert "running" in user.hypersonde("status deleted")
    user.hypersonde("cancel deleted")
    until(lambda: "stopped" in user.hypersonde("status deleted"), 180, "the end of its job")
    user.release("deleted")
    user.hypersonde("resume deleted")
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 20)


# -- PBS Pro, by its documented commands -------------------------------------------------------------------

QSUB = """#!/bin/bash
# qsub SCRIPT: prints the id of the job. Refuses what PBS refuses.
grep -q '^#PBS -q nosuch' "$1" && { echo "qsub: Unknown queue" >&2; exit 170; }
n=$(($(ls "$PBS_SPOOL" | grep -c job) + 41))
cp "$1" "$PBS_SPOOL/$n.job"
echo Q >"$PBS_SPOOL/$n.state"
echo "$n.pbsserver"
"""
QSTAT = """#!/bin/bash
# qstat -x -f ID...: a block for each; ends with 153 when a job is unknown.
[ "$1 $2" = "-x -f" ] || { echo "usage: qstat [-f] [-x] [jobid...]" >&2; exit 2; }
shift 2; code=0
for id; do
  state=$(cat "$PBS_SPOOL/${id%%.*}.state" 2>/dev/null) || { echo "qstat: Unknown Job Id $id" >&2; code=153; continue; }
  printf 'Job Id: %s\\n    Job_Name = first\\n    job_state = %s\\n' "$id" "$state"
  [ "$state" = R ] && printf '    exec_host = node17/0*64+node18/\\n\\t0*64\\n'
  [ "$state" = F ] && printf '    Exit_status = -29\\n    comment = Job run at Fri and failed\\n'
  printf '    Resource_List.walltime = 00:30:00\\n\\n'
done
exit $code
"""
QDEL = """#!/bin/bash
state=$(cat "$PBS_SPOOL/${1%%.*}.state" 2>/dev/null) || { echo "qdel: Unknown Job Id $1" >&2; exit 153; }
[ "$state" = F ] && { echo "qdel: Job has finished $1" >&2; exit 35; }
echo F >"$PBS_SPOOL/${1%%.*}.state"
"""


@pytest.fixture
def pro(tmp_path: Path) -> tuple[User, Path]:
    return site(tmp_path, "PBS_SPOOL", {"qsub": QSUB, "qstat": QSTAT, "qdel": QDEL})


def test_pbs_is_asked_for_nodes_time_queue_and_project(pro: tuple[User, Path]) -> None:
    user, spool = pro
    user.submit("first", "-t 90 -n 4 -q prod -A science --scheduler pbs -j mpi --directive W=group_list=me")
    text = (spool / "41.job").read_text()
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for directive in (
        "#PBS -l select=4:ncpus=1:mpiprocs=1",
        "#PBS -l place=scatter:exclhost",
        "#PBS -l walltime=1:30:0",
        "#PBS -q prod",
        "#PBS -A science",
        '#PBS -N "first"',
        '#PBS -W "group_list=me"',
    ):
        assert directive in lines, text
    assert "first/job.sh" in text


def test_pbs_says_how_a_job_stands(pro: tuple[User, Path]) -> None:
    user, spool = pro
    run = user.submit("first", "-t 30 --scheduler pbs")
    (job,) = run.jobs
    assert job.id == "41.pbsserver"
    assert "queued" in user.hypersonde("status first")
    (spool / "41.state").write_text("R")
    running = user.hypersonde("status first")
    assert "running" in running
    assert "node17+node18" in running
    (spool / "41.state").write_text("F")
    died = user.hypersonde("status first")
    assert "died" in died, "its script wrote no ending"
    assert "Job run at Fri and failed" in died
    assert "hypersonde resume first" in died


@pytest.mark.parametrize("silent", [False, True])
def test_a_job_that_pbs_has_forgotten_is_gone(pro: tuple[User, Path], silent: bool) -> None:
    user, spool = pro
    if silent:  # as Slurm's own qstat
        (user.home / "bin" / "qstat").write_text(QSTAT.replace('echo "qstat: Unknown Job Id $id" >&2; ', ""))
    user.submit("first", "-t 30 --scheduler pbs")
    (spool / "41.state").unlink()
    assert "died" in user.hypersonde("status first")
    assert "no job of it is queued or running" in user.hypersonde("cancel first")


def test_qdel_is_told_and_a_job_that_has_ended_is_no_error(pro: tuple[User, Path]) -> None:
    user, spool = pro
    user.submit("first", "-t 30 --scheduler pbs")
    assert "cancelled: 41.pbsserver" in user.hypersonde("cancel first")
    assert (spool / "41.state").read_text().strip() == "F"
    user.hypersonde("cancel first")


def test_what_pbs_refuses_is_one_line(pro: tuple[User, Path]) -> None:
    user, _ = pro
    said = user.hypersonde(
        "submit hps random first -p problem.py -r model_run.py -t 30 -q nosuch --scheduler pbs", code=2
    )
    assert "pbs does not take the job: qsub: Unknown queue" in said
    assert not (user.home / "runs" / "first").exists()
