"""A log of several ranks: each writes its own, all have everything, whoever goes on."""

import threading
import time
from collections import Counter
from types import SimpleNamespace

import pytest

from hypersonde import HpProblem, Study
from hypersonde.evaluators import SerialEvaluator
from hypersonde.samplers import GA, Islands
from hypersonde.storage import Header, MemoryStorage, SqlStorage, copy, new_owner
from hypersonde.storage.homes import Directories, Memories
from hypersonde.storage.replicated import ReplicatedStorage
from hypersonde.storage.transport import Alone, Threads
from hypersonde.testing.storages import StorageLaws
from hypersonde.trials import Finished, Metric, Started, State, referred

PROBLEM = {"x": (-5.0, 5.0), "y": (-5.0, 5.0), "c": ["a", "b"]}


class TestOneRank(StorageLaws):
    @pytest.fixture
    def opener(self, tmp_path):
        return lambda **settings: ReplicatedStorage(Directories(tmp_path, **settings), Alone())


def on_ranks(size, homes, work):
    """Call ``work(storage)`` in a thread for each rank; what it returned, in their order."""
    results = [None] * size

    def run(transport):
        try:
            with ReplicatedStorage(homes, transport) as storage:
                results[transport.rank] = work(storage)
        except BaseException as error:  # noqa: BLE001
            transport.give_up(1)
            results[transport.rank] = error

    threads = [threading.Thread(target=run, args=(transport,)) for transport in Threads.ranks(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def searching(max_evals, ran, run=None, sampler=None):
    """The work of a rank: a search of islands; its history."""

    def evaluate(config):
        ran.append(1)
        if run is not None:
            return run(config)
        return config["x"] ** 2 + config["y"] ** 2

    def work(storage):
        study = Study(
            HpProblem(PROBLEM),
            evaluate,
            metrics=Metric("loss", "minimize"),
            sampler=sampler or Islands(3, [GA(6)], migration_prob=0.3),
            storage=storage,
            seed=5,
        )
        study.run(max_evals, evaluator=SerialEvaluator())
        return study.history

    return work


def identity(trial):
    return (trial.started, repr(sorted(trial.config.items())), trial.values)


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_all_ranks_have_every_trial_once_and_together_they_do_as_many_as_asked_for(tmp_path, kind):
    homes = Memories() if kind == "memory" else Directories(tmp_path)
    ran = []
    histories = on_ranks(4, homes, searching(60, ran))
    assert len(ran) == 60
    assert [len(history) for history in histories] == [60] * 4
    sets = [Counter(map(identity, history)) for history in histories]
    assert sets[0] == sets[1] == sets[2] == sets[3]
    assert max(sets[0].values()) == 1
    assert all(history.count(State.COMPLETE) == 60 for history in histories)


def test_the_ranks_agree_on_who_bred_whom_and_who_migrated(tmp_path):
    histories = on_ranks(3, Memories(), searching(90, []))

    def story(history):
        def spoken(numbers):
            return tuple(identity(history[n]) for n in numbers)

        return {
            identity(t): (
                t.why.get("island"),
                spoken(referred(t.why, "parents")),
                spoken(referred(t.why, "migrants")),
                t.why.get("to"),
            )
            for t in history
        }

    first, second, third = map(story, histories)
    assert first == second == third
    assert any(migrants for _, _, migrants, _ in first.values())
    assert any(parents for _, parents, _, _ in first.values())


@pytest.mark.parametrize("then", [1, 3, 6])
def test_same_more_or_fewer_ranks_go_on_where_the_last_ones_stopped(tmp_path, then):
    ran = []
    on_ranks(3, Directories(tmp_path), searching(30, ran))
    histories = on_ranks(then, Directories(tmp_path), searching(50, ran))
    assert len(ran) == 50
    assert [len(history) for history in histories] == [50] * then
    assert max(Counter(map(identity, histories[0])).values()) == 1


@pytest.mark.parametrize("then", [1, 2, 4])
def test_what_was_running_when_all_ranks_died_runs_again_exactly_once(tmp_path, then):
    def die(storage):
        header = Header("study", settings())
        storage.open(header)
        config = {"x": 1.0, "y": float(storage.rank), "c": "a"}
        storage.create([Started(-1, time.time(), config, owner=f"{storage.rank}/of/a/dead/run")])

    on_ranks(3, Directories(tmp_path), die)
    ran = []
    histories = on_ranks(then, Directories(tmp_path), searching(10, ran))
    assert len(ran) == 10
    for history in histories:
        assert len(history) == 10
        assert [trial.attempt for trial in history][:3] == [2, 2, 2]
        assert history.count(State.COMPLETE) == 10


def settings():
    """What the study writes into its header."""
    storage = MemoryStorage()
    Study(HpProblem(PROBLEM), storage=storage, metrics=Metric("loss", "minimize"), seed=5)
    return dict(storage.studies()[0].settings)


def test_a_run_function_that_raises_on_one_rank_costs_its_trials_only():
    def run(config):
        if threading.current_thread().name.endswith("-odd"):
            raise RuntimeError("broken rank")
        return config["x"]

    def work(storage):
        if storage.rank == 1:
            threading.current_thread().name += "-odd"
        return searching(40, [], run)(storage)

    histories = on_ranks(3, Memories(), work)
    assert [history.count(State.COMPLETE, State.FAILED) for history in histories] == [40] * 3
    assert histories[0].count(State.FAILED) == histories[2].count(State.FAILED) > 0


def test_an_event_that_comes_before_the_trials_that_it_speaks_of_waits_for_them():
    homes, (a, b, c) = Memories(), Threads.ranks(3)
    opened = [ReplicatedStorage(homes, transport) for transport in (a, b, c)]
    openers = [threading.Thread(target=storage.open, args=(Header("s", {}),)) for storage in opened]
    for thread in openers:
        thread.start()
    for thread in openers:
        thread.join()
    first, second, third = opened
    first.create([Started(-1, 1.0, {"x": 1.0})])
    first.read()
    second.read()
    late = c.receive()
    assert len(late) == 1
    second.create([Started(-1, 2.0, {"x": 2.0}, why={"parents": "0"})])
    second.append([Finished(1, 3.0, State.COMPLETE, (1.0,))])
    second.read()
    assert third.read() == []
    c.receive = lambda: [late.pop() for _ in range(len(late))]
    born, child, end = third.read()
    assert (born.number, child.number, end.number) == (0, 1, 1)
    assert child.why == {"parents": "0"}


def test_a_study_of_ranks_is_merged_into_one_log(tmp_path):
    histories = on_ranks(3, Directories(tmp_path / "ranks"), searching(40, []))
    with (
        ReplicatedStorage(Directories(tmp_path / "ranks"), Alone()) as source,
        SqlStorage(tmp_path / "one.db") as target,
    ):
        copy(source, target)
    merged = Study(
        HpProblem(PROBLEM), metrics=Metric("loss", "minimize"), storage=SqlStorage(tmp_path / "one.db")
    ).history
    assert Counter(map(identity, merged)) == Counter(map(identity, histories[0]))
    assert all(0 <= n < t.number for t in merged for n in referred(t.why, "parents"))


def test_a_log_that_was_torn_off_goes_on_from_the_last_good_event(tmp_path):
    ran = []
    with ReplicatedStorage(Directories(tmp_path), Alone()) as storage:
        searching(30, ran)(storage)
    journal = tmp_path / "rank-0000" / "study.log"
    journal.write_bytes(journal.read_bytes()[: journal.stat().st_size // 2])
    with ReplicatedStorage(Directories(tmp_path), Alone()) as storage:
        storage.open(Header("study", settings()))
        kept = sum(isinstance(event, Finished) for event in storage.read())
    assert 0 < kept < 30
    with ReplicatedStorage(Directories(tmp_path), Alone()) as storage:
        history = searching(40, ran)(storage)
    assert history.count(State.COMPLETE) == len(history) == 40
    assert len(ran) == 30 + 40 - kept


def test_owners_of_the_present_ranks_are_alive():
    def work(storage):
        owner = new_owner()
        storage.open(Header("s", {}))
        storage.create([Started(-1, 1.0, {"x": 1.0}, owner=owner)])
        deadline = time.monotonic() + 10
        while len(storage.read()) == 0 and time.monotonic() < deadline:
            time.sleep(0.01)
        alive = storage.alive(owner)
        storage.retire(owner)
        return alive, storage.alive(owner)

    assert on_ranks(2, Memories(), work) == [(True, False)] * 2


def test_a_start_is_told_at_once_until_evaluations_have_been_over_in_no_time_for_a_while(monkeypatch):
    now = [0.0]
    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=time.sleep, time=time.time)
    monkeypatch.setattr("hypersonde.storage.replicated.time", clock)

    def work(storage):
        storage.open(Header("s", {}))
        told = []
        if storage.rank == 0:
            for i, pause in enumerate([0.0] * 12 + [0.01, 0.0]):
                before = storage.transport.sent_messages
                (born,) = storage.create([Started(-1, float(i), {"x": 1.0})])
                storage.read()
                told.append(storage.transport.sent_messages - before)
                now[0] += pause
                storage.append([Finished(born.number, float(i), State.COMPLETE, (1.0,))])
                storage.read()
        storage.retire("nobody")
        return told, storage.read()

    (told, _), (_, heard) = on_ranks(2, Memories(), work)
    assert told == [1] * 8 + [0] * 5 + [1]
    assert [type(event) for event in heard] == [Started, Finished] * 14
