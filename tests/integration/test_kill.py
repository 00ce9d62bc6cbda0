"""A search is killed again and again; nothing that finished is lost, nothing that finished runs twice."""

import csv
import random
import signal
import sqlite3
import time

import pytest
from integration.killing import Command, wait_until

from hypersonde import State

EVALS, WORKERS, MANAGER_KILLS, WORKER_KILLS = 200, 4, 20, 6


@pytest.fixture(scope="module")
def story(tmp_path_factory):
    """Run the search to its end through all the kills; what was seen after each of them."""
    home = tmp_path_factory.mktemp("killed")
    command, rng, sightings = Command(home, EVALS, f"process --num-workers {WORKERS}"), random.Random(1), []
    kills = ["manager"] * MANAGER_KILLS + ["worker"] * WORKER_KILLS
    rng.shuffle(kills)
    manager = command.start()
    for victim in kills:
        lines = len(command.diary()) + rng.randint(6, 15)
        wait_until(lambda at=lines, m=manager: len(command.diary()) >= at or m.poll() is not None)
        time.sleep(rng.uniform(0, 0.03))
        assert manager.poll() is None, (home / "stderr.txt").read_text()
        if victim == "worker":
            workers = [p for p in command.processes() if p.pid != manager.pid]
            rng.choice(workers).kill()
            continue
        manager.send_signal(signal.SIGKILL)
        manager.wait()
        wait_until(lambda: not command.processes(), seconds=180)
        sightings.append((len(command.diary()), {t.number: t for t in command.history() if t.state.final}))
        manager = command.start()
    assert manager.wait(timeout=240) == 0, (home / "stderr.txt").read_text()
    return command, sightings


def test_exactly_the_trials_asked_for_are_finished(story):
    history = story[0].history()
    assert len(history) == history.finished == EVALS
    assert history.count(State.COMPLETE) >= EVALS - WORKER_KILLS


def test_no_finished_trial_is_lost_or_changed(story):
    command, sightings = story
    final = command.history()
    assert len(sightings) == MANAGER_KILLS
    for _, finished in sightings:
        for number, trial in finished.items():
            assert final[number] == trial


def test_no_finished_trial_runs_again(story):
    command, sightings = story
    diary = command.diary()
    for lines, finished in sightings:
        begun_later = {int(number) for verb, number, *_ in diary[lines:] if verb == "begin"}
        assert not begun_later & finished.keys()


def test_a_killed_worker_costs_its_own_trial_only(story):
    failed = [t for t in story[0].history() if t.state is State.FAILED]
    assert len(failed) <= WORKER_KILLS
    assert all(t.failure.kind == "WorkerLost" for t in failed)
    assert all("SIGKILL" in t.failure.message for t in failed)


def test_the_log_is_intact(story):
    with sqlite3.connect(story[0].home / "study.db") as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)


def test_results_csv_equals_the_log(story):
    history = story[0].history()
    with open(story[0].home / "results.csv", newline="") as file:
        table = list(csv.DictReader(file))
    assert [int(r["trial"]) for r in table] == list(history.finish_order)
    for row in table:
        trial = history[int(row["trial"])]
        assert (row["state"], row["k"], float(row["x"])) == (trial.state.name, trial.config["k"], trial.config["x"])
        assert row["objective"] == ("" if trial.value is None else repr(trial.value))


def test_no_process_is_left(story):
    wait_until(lambda: not story[0].processes(), seconds=180)
