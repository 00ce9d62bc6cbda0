"""Several logs become one: nothing lost, references right, in the order of time."""

from collections import Counter

import pytest

from hypersonde import HpProblem, Study
from hypersonde.errors import InvalidInput, StudyConflict
from hypersonde.evaluators import SerialEvaluator
from hypersonde.samplers import GA, Islands
from hypersonde.storage import Header, MemoryStorage, merge
from hypersonde.trials import Finished, Metric, Queued, Started, State, referred


def searched(seed, evals=30, space=None):
    storage = MemoryStorage()
    study = Study(
        HpProblem(space or {"x": (-5.0, 5.0), "c": ["a", "b"]}),
        lambda config: config["x"] ** 2,
        metrics=Metric("loss", "minimize"),
        sampler=Islands(2, [GA(6)], migration_prob=0.3),
        storage=storage,
        seed=seed,
    )
    study.run(evals, evaluator=SerialEvaluator())
    return storage, study.history


def story(history):
    """Each trial, and whom it was bred from, in words that no number is part of."""

    def one(trial):
        return trial.started, repr(sorted(trial.config.items())), trial.values

    return Counter(
        (one(t), *(tuple(one(history[n]) for n in referred(t.why, entry)) for entry in ("parents", "migrants")))
        for t in history
    )


def test_two_studies_become_one_with_all_trials_and_the_right_parents():
    (first, a), (second, b) = searched(1), searched(2)
    target = MemoryStorage()
    merge([first, second], target)
    both = Study(HpProblem(dict(a.problem.space)), metrics=Metric("loss", "minimize"), storage=target).history
    assert len(both) == 60
    assert story(both) == story(a) + story(b)
    assert any(migrants for _, _, migrants in story(both))
    begins = [trial.started for trial in both]
    assert begins == sorted(begins)


def test_merging_again_changes_nothing_and_takes_in_what_came_since():
    (first, _), (second, _) = searched(1), searched(2)
    target = MemoryStorage()
    merge([first, second], target)
    before = target.read()
    header = merge([first, second], target)
    target.open(header)
    assert target.read() == before
    second.open(header)
    (late,) = second.create([Started(-1, 4e9, {"x": 1.0, "c": "a"})])
    second.append([Finished(late.number, 4e9, State.COMPLETE, (1.0,))])
    merge([first, second], target)
    target.open(header)
    assert len(target.read()) == len(before) + 2


def test_an_earlier_event_of_another_log_does_not_break_the_order_of_one_log():
    sources = []
    for shift in (0.0, -100.0):
        storage = MemoryStorage()
        storage.open(Header("s", {}))
        storage.create([Queued(-1, 5.0 + shift, {"x": 1}), Started(-1, 3.0 + shift, {"x": 2}, why={"parents": "0"})])
        storage.append([Finished(1, 1.0 + shift, State.COMPLETE, (1.0,))])
        sources.append(storage)
    target = MemoryStorage()
    merge(sources, target)
    events = target.read()
    assert [event.number for event in events if isinstance(event, Queued | Started)] == [0, 1, 2, 3]
    assert [event.why for event in events if isinstance(event, Started)] == [{"parents": "0"}, {"parents": "2"}]


def test_studies_of_different_problems_are_not_one():
    (first, _), (second, _) = searched(1), searched(1, space={"x": (0.0, 9.0)})
    with pytest.raises(StudyConflict, match="different search spaces"):
        merge([first, second], MemoryStorage())
    with pytest.raises(InvalidInput, match="got no logs"):
        merge([], MemoryStorage())
