"""Searches through the commands of Flux, as its manual documents them, where Flux itself is not to be had."""

from pathlib import Path

import pytest
from integration.queueing import User, nothing_lost_nothing_twice, site, until, until_over

FLUX = """#!/bin/bash
# One job, 77, which flux prints as one does that counts in base 58; it runs in an instance of its own.
verb=$1; shift
case $verb in
  batch)
    [[ "$*" != *--queue=nosuch* ]] || { echo "flux-batch: ERROR: Invalid queue 'nosuch'" >&2; exit 1; }
    echo "$FLUX_URI batch $*" >>"$FLUX_SPOOL/asked"
    echo RUN >"$FLUX_SPOOL/state"
    FLUX_URI=local:///inside setsid bash -c '
      bash "$0" & echo $! >"$FLUX_SPOOL/pid"; wait; echo INACTIVE >"$FLUX_SPOOL/state"
    ' "${@: -1}" </dev/null >/dev/null 2>&1 &
    echo "\u0192N2" ;;
  run)
    [ "$1 $2 $3 $FLUX_URI" = "--nodes=2 --ntasks=2 --exclusive local:///inside" ] || exit 1
    shift 3
    for FLUX_TASK_RANK in 0 1; do FLUX_JOB_ID=another FLUX_TASK_RANK=$FLUX_TASK_RANK "$@" & done; wait ;;
  job) [ "$1 $2 $3" = "id --to=dec \u0192N2" ] && echo 77 ;;
  getattr)
    case "$1 $FLUX_URI" in
      "jobid local:///inside") echo "\u0192N2" ;;
      "parent-uri local:///inside") echo local:///site ;;
      *) exit 1 ;;
    esac ;;
  jobs)
    [ "$1 $2 $3 $4" = "-a -n -o {id.dec}|{state}|{nodelist}|{result}" ] || exit 1
    [ "$5" = 77 ] || { echo "flux-jobs: ERROR: JobID $5 unknown" >&2; exit 1; }
    echo "77|$(cat "$FLUX_SPOOL/state")|n[1-2]|" ;;
  cancel)
    [ "$(cat "$FLUX_SPOOL/state")" = RUN ] || { echo "flux-cancel: ERROR: job is inactive" >&2; exit 1; }
    kill -HUP "$(cat "$FLUX_SPOOL/pid")" ;;
esac
"""


@pytest.fixture
def flux(tmp_path: Path) -> tuple[User, Path]:
    user, spool = site(tmp_path, "FLUX_SPOOL", {"flux": FLUX})
    user.environment["FLUX_URI"] = "local:///site"
    return user, spool


def test_flux_is_asked_for_nodes_time_queue_and_bank_and_runs_the_search_to_its_end(flux: tuple[User, Path]) -> None:
    user, spool = flux
    options = "-t 90 -n 2 -q prod -A science --scheduler flux --workers-per-node 1 --directive setattr=x=1"
    run = user.submit("first", options, evals=12, seconds=0.3)
    assert [job.id for job in run.jobs] == ["77"]
    asked = (spool / "asked").read_text()
    wanted = "--exclusive --nodes=2 --time-limit=90m --job-name=first --queue=prod --bank=science --output=/dev/null"
    assert asked == f"local:///site batch {wanted} --setattr=x=1 {run.directory / 'job.sh'}\n"
    until_over(user, run)
    nothing_lost_nothing_twice(user, run, 12)
    assert len(list((run.directory / "logs").glob("77.node-1.txt"))) == 1
    assert "done" in user.hypersonde("status first")


def test_flux_says_how_a_job_stands_and_ends_it(flux: tuple[User, Path]) -> None:
    user, spool = flux
    user.submit("first", "-t 30 --scheduler flux", evals=5000, seconds=0.2)
    until(lambda: user.ended("first") >= 2, 180, "some ends")
    running = user.hypersonde("status first")
    assert "running" in running
    assert "n[1-2]" in running
    assert "cancelled: 77" in user.hypersonde("cancel first")
    assert "stopped" in user.hypersonde("status first")
    user.hypersonde("cancel first")
    assert (spool / "state").read_text() == "INACTIVE\n"


def test_a_continuation_is_submitted_beside_the_job_and_not_inside_of_it(flux: tuple[User, Path]) -> None:
    user, spool = flux
    run = user.submit("first", "-t 1 --requeue --scheduler flux --workers-per-node 1", evals=60, seconds=1.5)
    until(lambda: len((spool / "asked").read_text().splitlines()) == 2, 120, "its continuation")
    until_over(user, run, 120)
    nothing_lost_nothing_twice(user, run, 60)
    assert all(line.startswith("local:///site batch") for line in (spool / "asked").read_text().splitlines())


def test_what_flux_refuses_is_one_line(flux: tuple[User, Path]) -> None:
    user, _ = flux
    said = user.hypersonde(
        "submit hps random first -p problem.py -r model_run.py -t 30 -q nosuch --scheduler flux", code=2
    )
    assert "flux does not take the job: flux-batch: ERROR: Invalid queue 'nosuch'" in said
