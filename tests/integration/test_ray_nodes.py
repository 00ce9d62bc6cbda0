"""A search on a Ray cluster of several nodes: a node is lost, another joins; GPUs, runtime environments, tokens."""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from integration.killing import wait_until
from services.ray_nodes import RayNodes, raylet_of

from hypersonde import State
from hypersonde.study.reading import read_study

EVALS = 60
PROBLEM = "from hypersonde import HpProblem\nProblem = HpProblem({'x': (0.0, 1.0)})\n"
DIARY = """
import os, time
from pathlib import Path

DIARY = Path(__file__).with_name("diary.txt")

def write(verb, trial):
    line = [verb, trial.number, trial.attempt, os.environ["RAY_RAYLET_PID"], time.monotonic()]
    with open(DIARY, "a") as diary:
        print(*line, file=diary)

def nodes():
    return len({line.split()[3] for line in DIARY.read_text().splitlines()})

def run(trial):
    write("begin", trial)
    time.sleep(0.4)
    patience = time.monotonic() + 60.0
    while trial.number in (44, 45) and nodes() < 3 and time.monotonic() < patience:
        time.sleep(0.1)  # there is something left to do when the third node joins
    write("end", trial)
    return trial["x"]
"""
SEEN = """
import os

def run(trial):
    import time
    time.sleep(0.2)
    seen = {"ids": ",".join(trial.gpus), "visible": os.environ["CUDA_VISIBLE_DEVICES"]}
    return {"objective": trial["x"], **seen, "threads": os.environ["OMP_NUM_THREADS"]}
"""
SHIPPED = """
import os

def run(config):
    import only_in_the_parcel
    return {"objective": config["x"], "word": only_in_the_parcel.WORD, "colour": os.environ["COLOUR"]}
"""


@pytest.fixture(scope="module")
def cluster():
    made = RayNodes()
    yield made
    made.remove()


def hypersonde(home, run, *options, start=False):
    (home / "problem.py").write_text(PROBLEM)
    (home / "model_run.py").write_text(run)
    program = Path(sys.executable).with_name("hypersonde")
    line = [program, "hps", "random", "-p", "problem.py", "-r", "model_run.py", "--evaluator", "ray", *options]
    if start:
        return subprocess.Popen(line, cwd=home, stdout=subprocess.DEVNULL, stderr=(home / "stderr.txt").open("w"))
    return subprocess.run(line, cwd=home, capture_output=True, text=True, timeout=300, check=False)


def table(home):
    with open(home / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


class Story:
    """A search during which a node is lost and, a little later, another one joins."""

    def __init__(self, cluster, home):
        self.home = home
        first, second = cluster.add(cpus=2), cluster.add(cpus=2)
        search = hypersonde(home, DIARY, "--address", cluster.address, "--max-evals", str(EVALS), start=True)

        def await_lines(count):
            wait_until(lambda: len(self.diary()) >= count or search.poll() is not None)
            assert search.poll() is None, (home / "stderr.txt").read_text()

        wait_until(lambda: len({line[3] for line in self.diary()}) == 2)  # both nodes work
        await_lines(20)
        self.lost = raylet_of(first)
        cluster.lose(first)
        self.finished = {t.number: t for t in read_study(home)[1] if t.state.final}
        self.lines = len(self.diary())
        await_lines(self.lines + 8)
        third = cluster.add(cpus=2)
        self.joined, self.new = time.monotonic(), raylet_of(third)
        self.code = search.wait(timeout=300)
        for node in (second, third):
            cluster.lose(node)

    def diary(self):
        path = self.home / "diary.txt"
        return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(scope="module")
def story(cluster, tmp_path_factory):
    return Story(cluster, tmp_path_factory.mktemp("nodes"))


def test_nothing_is_lost_with_a_node(story):
    assert story.code == 0, (story.home / "stderr.txt").read_text()
    history = read_study(story.home)[1]
    assert len(history) == history.count(State.COMPLETE) == EVALS


def test_what_had_finished_does_not_run_again(story):
    history = read_study(story.home)[1]
    begun_later = {int(number) for verb, number, *_ in story.diary()[story.lines :] if verb == "begin"}
    assert len(story.finished) >= 5
    for number, trial in story.finished.items():
        assert history[number] == trial
        assert number not in begun_later


def test_what_ran_on_the_node_runs_once_more_elsewhere_and_says_so(story):
    begun = [line for line in story.diary() if line[0] == "begin"]
    again = [trial for trial in read_study(story.home)[1] if trial.attempt > 1]
    assert 1 <= len(again) <= 2  # as many as the node ran
    log = (story.home / "hypersonde.log").read_text()
    for trial in again:
        assert trial.attempt == 2
        nodes = [line[3] for line in begun if int(line[1]) == trial.number]
        assert nodes[-1] != story.lost
        assert f"trial {trial.number} goes back to the queue: WorkerLost: worker " in log
    repeated = {line[1] for line in begun if line[2] != "1"}
    assert repeated == {str(trial.number) for trial in again}


def test_a_node_that_joins_later_is_used(story):
    begun = [float(line[4]) for line in story.diary() if line[0] == "begin" and line[3] == story.new]
    assert begun
    assert begun[0] - story.joined < 60.0, "seconds, most of which Ray needs to start its worker"


def test_each_worker_has_gpus_of_its_own(cluster, tmp_path):
    node = cluster.add(cpus=4, gpus=2)
    options = ("--num-gpus-per-task", "1", "--num-cpus-per-task", "2", "--max-evals", "12")
    done = hypersonde(tmp_path, SEEN, "--address", cluster.address, *options)
    cluster.lose(node)
    assert done.returncode == 0, done.stderr
    rows = table(tmp_path)
    assert all(row["ids"] == row["visible"] for row in rows)
    assert {row["ids"] for row in rows} == {"0", "1"}
    assert len({(row["worker"], row["ids"]) for row in rows}) == 2
    assert {row["threads"] for row in rows} == {"2"}


def test_a_search_that_no_node_has_room_for_says_so(cluster, tmp_path):
    options = ("--num-gpus-per-task", "7", "--timeout", "3", "--max-evals", "1")
    hypersonde(tmp_path, SEEN, "--address", cluster.address, *options)
    log = (tmp_path / "hypersonde.log").read_text()
    assert log.count("no room for a worker with 1 CPUs and 7 GPUs") == 1


def test_the_run_function_finds_the_runtime_environment(cluster, tmp_path):
    node = cluster.add(cpus=1)
    (tmp_path / "parcel").mkdir()
    (tmp_path / "parcel" / "only_in_the_parcel.py").write_text("WORD = 'here'\n")
    runtime_env = "runtime_env={working_dir: parcel, env_vars: {COLOUR: green}}"
    done = hypersonde(tmp_path, SHIPPED, "--address", cluster.address, "-O", runtime_env, "--max-evals", "3")
    cluster.lose(node)
    assert done.returncode == 0, done.stderr
    assert [(row["word"], row["colour"]) for row in table(tmp_path)] == [("here", "green")] * 3


@pytest.mark.parametrize(
    ("runtime_env", "message"),
    [
        ("{working_dir: 'file:///no/such/parcel.zip'}", "Ray cannot make the runtime environment: "),
        ("{working_dir: nowhere}", "directory nowhere must be an existing directory"),
    ],
)
def test_a_runtime_environment_that_cannot_be_made_is_said_in_one_line(cluster, tmp_path, runtime_env, message):
    node = cluster.add(cpus=1)
    done = hypersonde(tmp_path, SHIPPED, "--address", cluster.address, "-O", f"runtime_env={runtime_env}")
    cluster.lose(node)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


TOKEN = """
import os, sys
from services.ray_nodes import RayNodes

os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "a" * 64}
cluster = RayNodes()
cluster.add(cpus=1)
print(cluster.address, flush=True)
sys.stdin.readline()
cluster.remove()
"""


def test_a_cluster_that_asks_for_a_token_says_which_variables_it_wants(tmp_path):
    path = os.pathsep.join(sys.path)
    guarded = subprocess.Popen(
        [sys.executable, "-c", TOKEN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    address = guarded.stdout.readline().strip()
    options = ("--address", address, "--max-evals", "2")
    try:
        refused = hypersonde(tmp_path, SHIPPED, *options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RAY_AUTH_MODE", "token")
            patch.setenv("RAY_AUTH_TOKEN", "a" * 64)
            joined = hypersonde(tmp_path, "def run(config):\n    return config['x']\n", *options)
    finally:
        guarded.communicate("end\n", timeout=300)
    assert refused.returncode == 2
    assert "RAY_AUTH_MODE=token" in refused.stderr
    assert "RAY_AUTH_TOKEN" in refused.stderr
    assert joined.returncode == 0, joined.stderr
