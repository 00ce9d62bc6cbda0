"""Searches through the commands of LSF, as its reference documents them: there is no LSF to be had freely."""

from pathlib import Path

import pytest
from integration.queueing import User, site

BSUB = """#!/bin/bash
grep -q '^#BSUB -q "nosuch"' "$1" && { echo "nosuch: No such queue. Job not submitted." >&2; exit 255; }
cp "$1" "$LSF_SPOOL/707.job"
echo PEND >"$LSF_SPOOL/707.state"
echo "Job <707> is submitted to queue <normal>."
"""
BJOBS = """#!/bin/bash
# bjobs -noheader -o FORMAT ID...
[ "$1 $2" = "-noheader -o" ] || exit 255
shift 3
for id; do
  state=$(cat "$LSF_SPOOL/$id.state" 2>/dev/null) || { echo "Job <$id> is not found" >&2; continue; }
  case $state in
    PEND) echo "$id|PEND|-|Not enough hosts to meet the job's spanning requirement;" ;;
    RUN) echo "$id|RUN|8*node17:8*node18|-" ;;
    *) echo "$id|$state|8*node17:8*node18|-" ;;
  esac
done
"""
BKILL = """#!/bin/bash
state=$(cat "$LSF_SPOOL/$1.state" 2>/dev/null) || { echo "Job <$1>: No matching job found" >&2; exit 255; }
[ "$state" = EXIT ] && { echo "Job <$1>: Job has already finished" >&2; exit 255; }
echo EXIT >"$LSF_SPOOL/$1.state"
echo "Job <$1> is being terminated"
"""


@pytest.fixture
def lsf(tmp_path: Path) -> tuple[User, Path]:
    return site(tmp_path, "LSF_SPOOL", {"bsub": BSUB, "bjobs": BJOBS, "bkill": BKILL})


def test_lsf_is_asked_for_nodes_time_queue_and_project(lsf: tuple[User, Path]) -> None:
    user, spool = lsf
    user.submit("first", "-t 90 -n 4 -q prod -A science --scheduler lsf -j mpi")
    text = (spool / "707.job").read_text()
    for directive in ("#BSUB -nnodes 4", "#BSUB -W 1:30", '#BSUB -q "prod"', '#BSUB -P "science"', '#BSUB -J "first"'):
        assert directive in text, text


def test_lsf_says_how_a_job_stands_and_ends_it(lsf: tuple[User, Path]) -> None:
    user, spool = lsf
    run = user.submit("first", "-t 30 --scheduler lsf")
    assert [job.id for job in run.jobs] == ["707"]
    queued = user.hypersonde("status first")
    assert "queued" in queued
    assert "Not enough hosts" in queued
    (spool / "707.state").write_text("RUN")
    running = user.hypersonde("status first")
    assert "running" in running
    assert "8*node17:8*node18" in running
    assert "cancelled: 707" in user.hypersonde("cancel first")
    assert "died" in user.hypersonde("status first")
    user.hypersonde("cancel first")
    (spool / "707.state").unlink()
    assert "died" in user.hypersonde("status first")


def test_what_lsf_refuses_is_one_line(lsf: tuple[User, Path]) -> None:
    user, _ = lsf
    said = user.hypersonde(
        "submit hps random first -p problem.py -r model_run.py -t 30 -q nosuch --scheduler lsf", code=2
    )
    assert "lsf does not take the job: nosuch: No such queue" in said


def test_a_list_of_runs_does_without_a_scheduler_that_is_not_here(lsf: tuple[User, Path]) -> None:
    user, _ = lsf
    user.submit("first", "-t 30 --scheduler lsf")
    user.environment["PATH"] = "/usr/bin:/bin"
    assert "unknown" in user.hypersonde("jobs")
    assert "the program bjobs is not on this machine" in user.hypersonde("status first", code=2)
