"""The island of differential evolution in the default search: what is its own, when it takes part, that it helps."""

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
from hypersonde.trials import History, State

TEN = HpProblem({f"x{i}": (-5.0, 5.0) for i in range(10)})
Config = Mapping[str, Any]


def schwefel(config: Config) -> float:
    """Minimum 0 in a corner, far from the second lowest of its many basins."""
    x = 100.0 * np.array(list(config.values()))
    return float(418.982887272434 * len(x) - np.sum(x * np.sin(np.sqrt(np.abs(x)))))


def add(history: History, suggestions: list[Suggestion], loss: Callable[[Config], float]) -> None:
    for suggestion in suggestions:
        number = len(history)
        history.extend([started(number, suggestion)])
        history.extend(outcome(number, State.COMPLETE, (loss(suggestion.config),)))


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


@pytest.mark.parametrize("kind", [kind for kind, make in PROBLEMS.items() if make().encoding.cardinality() > 1e4])
def test_in_a_long_search_most_is_bred_and_all_of_it_is_legal_and_new(kind: str) -> None:
    problem = PROBLEMS[kind]()
    history = folded(problem, random_events(problem, 2_500, np.random.default_rng(0), 1))
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
