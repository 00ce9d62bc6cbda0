"""Trying again what looks best: when, what, and that it helps under noise and costs next to nothing without."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from hypersonde.problem import HpProblem
from hypersonde.samplers import DifferentialEvolution, Islands
from hypersonde.samplers.base import AGAIN, Sampler
from hypersonde.samplers.evolution.doubt import Doubts
from hypersonde.testing.histories import folded, outcome, started
from hypersonde.trials import History, State

SIX = HpProblem({f"x{i}": (0, 9) for i in range(6)})


def true(config: dict[str, float]) -> float:
    return sum((value / 9 - 0.4) ** 2 for value in config.values())


def search(sampler: Sampler, noise: float, trials: int, workers: int = 4, seed: int = 0) -> History:
    rng, history, running = np.random.default_rng(seed), folded(SIX, []), []
    while len(history) < trials:
        [suggestion] = sampler.suggest(history, 1, np.random.default_rng([seed, len(history)]))
        history.extend([started(len(history), suggestion)])
        running.append(len(history) - 1)
        if len(running) == workers:
            number = running.pop(0)
            loss = true(dict(history[number].config)) + noise * float(rng.standard_normal())
            history.extend(outcome(number, State.COMPLETE, (loss,)))
    return history


def again(history: History) -> list[int]:
    return [trial.number for trial in history if trial.why.get("proposer") == AGAIN]


def best(history: History) -> float:
    """The true loss of what looked best."""
    losses = history.losses[:, 0]
    return true(dict(history[int(np.nanargmin(losses))].config))


def test_an_exact_objective_is_doubted_a_handful_of_times() -> None:
    assert len(again(search(DifferentialEvolution(budget=800), 0.0, 800))) in range(3, 6)
    assert not again(search(DifferentialEvolution(budget=800, again=False), 0.0, 800))


def test_hardly_any_noise_is_hardly_doubted() -> None:
    assert len(again(search(DifferentialEvolution(budget=800), 1e-7, 800))) < 10


def test_a_noisy_objective_has_one_in_ten_tried_again_and_each_of_them_has_ended() -> None:
    history = search(DifferentialEvolution(budget=800), 0.05, 800)
    repeats = again(history)
    assert 50 <= len(repeats) <= 110
    rows = [history.X[n].tobytes() for n in range(len(history))]
    assert all(rows[n] in rows[:n] for n in repeats)
    counts = Counter(rows[n] for n in repeats)
    assert max(counts.values()) >= 3, "what stays lowest is tried often"


@pytest.mark.parametrize("kind", ["alone", "on islands"])
def test_what_looks_best_under_noise_is_better(kind: str) -> None:
    def make(doubt: bool) -> Sampler:
        alone = DifferentialEvolution(budget=600, again=doubt)
        return alone if kind == "alone" else Islands(2, [DifferentialEvolution(again=doubt)])

    found = {doubt: [best(search(make(doubt), 0.03, 600, seed=s)) for s in range(16)] for doubt in (True, False)}
    assert np.mean(found[True]) < np.mean(found[False])


def test_lucky_draws_are_found_out_and_the_rest_is_forgotten() -> None:
    doubts = Doubts()
    for number in range(1_000):
        doubts.take(number, b"%d" % number, float(number), again=False)
    assert doubts.choose({}) == 0
    assert doubts.choose({b"0": 1}) == 1
    assert not doubts.noisy
    doubts.take(1_000, b"0", 900.0, again=True)
    assert doubts.noisy
    for number in range(1_001, 1_011):
        doubts.take(number, b"0", 500.0, again=True)
    assert doubts.choose({}) == 1, "whose value might be lower"
    deviation = doubts.deviation
    doubts.take(1_011, b"999", 3.0, again=False)
    assert doubts.deviation == deviation, "it was not among the best, and counts as new"


def test_what_is_far_ahead_is_not_tried_again() -> None:
    doubts = Doubts()
    for number, loss in enumerate([0.0, 5.0, 6.0]):
        doubts.take(number, b"%d" % number, loss, again=False)
    doubts.take(3, b"0", 0.1, again=True)
    assert doubts.noisy
    assert doubts.choose({}) is None
    doubts.take(4, b"4", 0.02, again=False)
    assert doubts.choose({}) == 4
    assert doubts.choose({b"4": 1}) is None, "it is on its way"


def test_nothing_that_failed_is_tried_again() -> None:
    doubts = Doubts()
    for number in range(100):
        doubts.take(number, b"%d" % number, float("nan"), again=False)
    assert not doubts.due
    assert doubts.choose({}) is None


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_what_fails_when_it_is_tried_again_is_left_alone(noise: float) -> None:
    sampler, rng, history = DifferentialEvolution(budget=300), np.random.default_rng(0), folded(SIX, [])
    for number in range(300):
        [suggestion] = sampler.suggest(history, 1, np.random.default_rng([1, number]))
        history.extend([started(number, suggestion)])
        fails = suggestion.why.get("proposer") == AGAIN and rng.random() < (0.5 if noise else 1.0)
        loss = float("nan") if fails else true(dict(suggestion.config)) + noise * float(rng.standard_normal())
        history.extend(outcome(number, State.FAILED if fails else State.COMPLETE, (loss,)))
    repeats = again(history)
    failed = [history.X[n].tobytes() for n in repeats if history[n].state is State.FAILED]
    assert 2 <= len(repeats) <= (50 if noise else 4)
    assert len(set(failed)) == len(failed) >= 2
