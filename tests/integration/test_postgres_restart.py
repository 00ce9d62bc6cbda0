"""The PostgreSQL server restarts in the middle of a search, in good order and after a crash: no event is lost."""

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from integration.killing import wait_until

from hypersonde import State
from hypersonde.storage import Header, open_storage
from hypersonde.study.reading import read_log

EVALS = 90
RUN = """
import time
from pathlib import Path

def run(trial):
    with open(Path(__file__).with_name("diary.txt"), "a") as diary:
        print(trial.number, trial.attempt, file=diary)
    for step in range(3):
        time.sleep(0.04)
        trial.report(step * trial["x"])
    return trial["x"]
"""


def log_of(place):
    with open_storage(place) as storage:
        storage.open(Header("study", {}))
        return storage.read()


@pytest.fixture(scope="module")
def story(postgres, tmp_path_factory):
    """A search that ran through both; the log before each of them; the code with which it ended."""
    home = tmp_path_factory.mktemp("restart")
    place = postgres.new_place()
    (home / "problem.py").write_text("from hypersonde import HpProblem\nProblem = HpProblem({'x': (0.0, 1.0)})\n")
    (home / "model_run.py").write_text(RUN)
    line = f"hps random -p problem.py -r model_run.py --num-workers 3 --max-evals {EVALS} --seed 3 --storage"
    diary = home / "diary.txt"
    diary.touch()
    with (home / "stderr.txt").open("w") as errors:
        program = Path(sys.executable).with_name("hypersonde")
        search = subprocess.Popen([program, *line.split(), place], cwd=home, stdout=errors, stderr=errors)

    def begun():
        return len(diary.read_text().splitlines())

    def await_lines(count):
        wait_until(lambda: begun() >= count or search.poll() is not None)
        assert search.poll() is None, (home / "stderr.txt").read_text()

    before = []
    for end in (postgres.stop, postgres.crash):
        await_lines(begun() + 20)
        before.append(log_of(place))
        end()
        time.sleep(2.0)
        postgres.start()
    code = search.wait(timeout=300)
    return home, place, before, code


def test_the_search_goes_on_to_its_end(story):
    home, _, _, code = story
    assert code == 0, (home / "stderr.txt").read_text()


def test_no_event_is_lost(story):
    _, place, before, _ = story
    after = log_of(place)
    for log in before:
        assert len(log) > 20
        assert after[: len(log)] == log


def test_every_evaluation_is_accounted_for_and_ran_once(story):
    home, place, _, _ = story
    with open_storage(place) as storage:
        history = read_log(storage)[1]
    assert len(history) == history.count(State.COMPLETE) == EVALS
    assert all(len(trial.measurements) == 3 for trial in history)
    assert Counter((home / "diary.txt").read_text().splitlines()) == {f"{n} 1": 1 for n in range(EVALS)}
    assert len((home / "results.csv").read_text().splitlines()) == 1 + EVALS
