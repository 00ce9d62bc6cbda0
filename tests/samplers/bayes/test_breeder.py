"""The island of evolution in the default search: what is its own, when it takes part, that it helps."""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.problem import HpProblem
from hypersonde.samplers import Auto
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.bayes.breeder import Breeder
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.testing.histories import folded, outcome, random_events, started
from hypersonde.testing.problems import PROBLEMS
from hypersonde.testing.samplers import assert_new
from hypersonde.trials import History, State, referred

TEN = HpProblem({f"x{i}": (-5.0, 5.0) for i in range(10)})
UNIT = HpProblem({f"x{i}": (0.0, 1.0) for i in range(10)})
Config = Mapping[str, Any]


def schwefel(config: Config) -> float:
    """Minimum 0 in a corner, far from the second lowest of its many basins."""
    x = 100.0 * np.array(list(config.values()))
    return float(418.982887272434 * len(x) - np.sum(x * np.sin(np.sqrt(np.abs(x)))))


def zdt4(config: Config) -> tuple[float, float]:
    """21 to the ninth local fronts, the lowest at 1 - sqrt(x0) (Zitzler, Deb and Thiele 2000)."""
    x, *others = config.values()
    z = 10.0 * np.array(others) - 5.0
    g = 1.0 + float(np.sum(10.0 + z**2 - 10.0 * np.cos(4.0 * np.pi * z)))
    return float(x), g * (1.0 - float(np.sqrt(x / g)))


def add(history: History, suggestions: list[Suggestion], loss: Callable[[Config], float | tuple[float, ...]]) -> None:
    for suggestion in suggestions:
        number = len(history)
        history.extend([started(number, suggestion)])
        found = loss(suggestion.config)
        history.extend(outcome(number, State.COMPLETE, found if isinstance(found, tuple) else (found,)))


def drawn(problem: HpProblem, count: int, proposer: str, seed: int = 0) -> list[Suggestion]:
    rows = problem.encoding.sample(count, np.random.default_rng(seed))
    return [Suggestion(config, {"proposer": proposer}) for config in problem.encoding.decode(rows)]


def bred(breeder: Breeder, history: History, count: int, seed: int = 0) -> list[Mapping[str, Any]]:
    return [why for _, why in breeder.breed(history, Novelty(history), count, np.random.default_rng(seed))]


def test_what_the_model_finds_stays_out_of_the_population() -> None:
    theirs, ours = folded(TEN, []), folded(TEN, [])
    for proposer in ("gp-ei", "density", "again", "bowl", "precedent"):
        add(theirs, drawn(TEN, 40, proposer, len(proposer)), schwefel)
    add(ours, drawn(TEN, 200, "design"), schwefel)
    assert not any("place" in why for why in bred(Breeder(None), theirs, 20))
    assert Counter("place" in why for why in bred(Breeder(None), ours, 20))[True] >= 15  # the others are bowls


def test_a_population_begins_with_the_best_of_a_sample() -> None:
    history = folded(TEN, [])
    add(history, drawn(TEN, 127, "evolution"), schwefel)
    assert not any("place" in why for why in bred(Breeder(None), history, 5))
    add(history, drawn(TEN, 1, "evolution", seed=1), schwefel)
    assert any("place" in why for why in bred(Breeder(None), history, 5))


def test_a_planned_search_knows_its_trials_and_one_that_was_told_keeps_to_it() -> None:
    assert Auto().planned(5_000).max_evals == 5_000
    assert Auto(max_evals=300).planned(5_000).max_evals == 300


def test_for_several_losses_the_best_breed_whoever_found_them() -> None:
    history = folded(TEN, [], 2)
    add(history, drawn(TEN, 40, "design", 6), lambda c: (schwefel(c), schwefel(c) - c["x0"]))
    add(history, drawn(TEN, 40, "gp-hvi", 7), lambda c: (schwefel(c) - 1e6, schwefel(c) - c["x0"] - 1e6))
    parents = {number for why in bred(Breeder(None), history, 40) for number in referred(why, "parents")}
    assert len(parents) > 10
    assert parents <= set(range(40, 80)), "those that the model found, which dominate all others"


@pytest.mark.parametrize("metrics", [1, 2, 4])
@pytest.mark.parametrize("kind", [kind for kind, make in PROBLEMS.items() if make().encoding.cardinality() > 1e4])
def test_in_a_long_search_most_is_bred_and_all_of_it_is_legal_and_new(kind: str, metrics: int) -> None:
    problem = PROBLEMS[kind]()
    trials = 2_500 if metrics == 1 else 1_000
    history = folded(problem, random_events(problem, trials, np.random.default_rng(0), metrics), metrics)
    suggestions = Auto(max_evals=5_000).suggest(history, 50, np.random.default_rng(0))
    assert sum(suggestion.why["proposer"] == "evolution" for suggestion in suggestions) >= 30
    for suggestion in suggestions:
        assert problem.encoding.complaint(dict(suggestion.config)) is None
    assert_new(suggestions, history)


@pytest.mark.parametrize("seed", [0, 2])
def test_a_long_search_finds_the_lowest_of_many_basins(seed: int) -> None:
    """Ten numbers; 1,000 random trials and 3,000 more: evolution from the best of all stays 240 to 660 above."""
    history, sampler = folded(TEN, []), Auto(max_evals=4_000)
    add(history, drawn(TEN, 1_000, "random", seed), schwefel)
    while len(history) < 4_000:
        add(history, sampler.suggest(history, 100, np.random.default_rng([seed, len(history)])), schwefel)
    assert 2_300 <= Counter(trial.why["proposer"] for trial in history)["evolution"] <= 2_500
    assert history.losses[:, 0].min() < 1.0


@pytest.mark.parametrize("seed", [0, 2])
def test_a_long_search_for_two_losses_gets_through_many_local_fronts(seed: int) -> None:
    """ZDT4 from 300 random trials on: both end above 5 without evolution, and with NSGA-II alone."""
    history, sampler = folded(UNIT, [], 2), Auto()
    add(history, drawn(UNIT, 300, "random", seed), zdt4)
    while len(history) < 2_000:
        add(history, sampler.suggest(history, 50, np.random.default_rng([seed, len(history)])), zdt4)
    assert history.losses[:, 1].min() < 4.5
