"""Who may breed: the fittest, the latest, the best fronts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypersonde.evaluators import SerialEvaluator
from hypersonde.problem import HpProblem
from hypersonde.samplers import NSGA2, Random, RegularizedEvolution
from hypersonde.samplers.evolution.pareto import crowded_order, crowding, fronts
from hypersonde.samplers.evolution.population import Fittest, Fronts, Latest
from hypersonde.samplers.evolution.steps import CrossoverSimulatedBinary, OneMutation, Parents, PolynomialMutation
from hypersonde.study import Study
from hypersonde.testing.histories import folded, outcome, started
from hypersonde.testing.problems import PROBLEMS
from hypersonde.trials import State

LOSSES = st.lists(st.integers(0, 9), min_size=1, max_size=30)


@given(LOSSES, st.randoms())
def test_the_fittest_are_the_lowest_losses_in_whatever_order_they_come(losses: list[int], chance: object) -> None:
    orders = [list(range(len(losses))), list(range(len(losses)))]
    chance.shuffle(orders[1])
    found = []
    for order in orders:
        population = Fittest(5, 1)
        for i in order:
            population.fold(i, np.array([float(i)]), np.array([float(losses[i])]))
        found.append(population.rows.ravel().tolist())
        assert population.fitness.tolist() == sorted(losses)[:5]
    assert found[0] == found[1]


def test_the_latest_forget_the_oldest_however_good_it_was() -> None:
    population = Latest(3, 1, 1)
    for i in range(5):
        population.fold(i, np.array([float(i)]), np.array([float(i)]))
    assert population.rows.ravel().tolist() == [2.0, 3.0, 4.0]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=20))
def test_a_row_is_in_the_front_after_that_of_whoever_dominates_it(pairs: list[tuple[int, int]]) -> None:
    F = np.array(pairs, dtype=np.float64)
    rank = fronts(F)
    for i in range(len(F)):
        dominating = [j for j in range(len(F)) if np.all(F[j] <= F[i]) and np.any(F[j] < F[i])]
        assert rank[i] == max((rank[j] + 1 for j in dominating), default=0)


def test_the_crowded_order_prefers_better_fronts_and_within_one_the_lonely() -> None:
    F = np.array([[0.0, 4.0], [1.0, 2.0], [1.1, 1.9], [4.0, 0.0], [5.0, 5.0]])
    assert crowding(F[:4])[1:3] == pytest.approx([1.1 / 4 + 2.1 / 4, 3.0 / 4 + 2.0 / 4])
    assert crowded_order(F).tolist() == [0, 3, 2, 1, 4]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=60))
def test_fronts_lose_the_last_of_the_crowded_order_whoever_comes(pairs: list[tuple[int, int]]) -> None:
    fronts_of_six, kept = Fronts(6, 1, 2), []
    for number, pair in enumerate(pairs):
        fronts_of_six.fold(number, np.zeros(1), np.array(pair, dtype=float))
        kept.append(number)
        if len(kept) > 6:
            del kept[crowded_order(np.array([pairs[k] for k in kept], dtype=float))[-1]]
        assert fronts_of_six.numbers.tolist() == kept


def test_fronts_keep_the_ends_and_drop_the_crowded() -> None:
    population = Fronts(3, 1, 2)
    for i, pair in enumerate([(0.0, 4.0), (1.0, 2.0), (1.1, 1.9), (4.0, 0.0), (5.0, 5.0)]):
        population.fold(i, np.array([float(i)]), np.array(pair))
    assert sorted(population.rows.ravel().tolist()) == [0.0, 2.0, 3.0]


@pytest.mark.parametrize("step", [CrossoverSimulatedBinary(1.0, 5.0), PolynomialMutation(1.0, 5.0)])
def test_children_by_nsga2_stay_in_the_box_about_their_parents(step: object) -> None:
    encoding, rng = PROBLEMS["continuous"]().encoding, np.random.default_rng(0)
    parents = Parents(np.array([[0.1, 0.5, 0.9], [0.1, 0.6, 0.95]]), np.zeros(2))
    assert callable(step)
    X = np.concatenate([step(parents, encoding, rng).rows for _ in range(2000)])
    assert X.min() >= 0.0
    assert X.max() <= 1.0
    assert np.abs(np.median(X, axis=0) - parents.rows.mean(axis=0)).max() < 0.06


def dominated_area(F: np.ndarray) -> float:
    """Area between the front of F (n, 2) and the corner (1, 1) of losses in [0, 1]."""
    front = F[fronts(F) == 0]
    front = front[np.argsort(front[:, 0])]
    right = np.append(front[1:, 0], 1.0)
    return float(np.sum((right - front[:, 0]) * (1.0 - front[:, 1])))


def test_nsga2_covers_the_front_of_two_metrics_better_than_chance() -> None:
    """ZDT1 in three dimensions, scaled into the unit square; ours dominates more after 300 evaluations."""
    areas = []
    for sampler in (NSGA2(20), Random()):
        history = folded(PROBLEMS["continuous"](), [], metrics=2)
        for number in range(300):
            (chosen,) = sampler.suggest(history, 1, np.random.default_rng([0, number]))
            history.extend([started(number, chosen)])
            x = history.X[number]
            g = 1.0 + 9.0 * x[1:].mean()
            pair = (float(x[0]), float(g * (1.0 - np.sqrt(x[0] / g)) / 10.0))
            history.extend(outcome(number, State.COMPLETE, pair))
        areas.append(dominated_area(np.asarray(history.losses)))
    assert areas[0] > areas[1] + 0.01


def test_a_population_forgets_as_if_a_trial_had_never_been_there():
    rng = np.random.default_rng(3)
    X, losses = rng.random((400, 2)), rng.integers(60, size=400).astype(float)
    losses[::7] = np.nan
    seen = np.full(400, np.nan)
    population, forgotten = Fittest(5, 2), set()
    for number in np.flatnonzero(~np.isnan(losses)).tolist():
        seen[number] = losses[number]
        population.fold(number, X[number], losses[number : number + 1])
        if number % 3 == 0:
            gone = int(rng.choice(population.numbers))
            seen[gone] = np.nan
            forgotten.add(gone)
            population.forget(gone, X, seen)
        there = [n for n in np.lexsort((np.arange(400), seen)).tolist() if not np.isnan(seen[n])][:5]
        assert population.numbers.tolist() == there
        assert np.array_equal(population.rows, X[there])
        assert population.fitness.tolist() == seen[there].tolist()
    assert len(forgotten) > 50


@pytest.mark.parametrize("make", [NSGA2, RegularizedEvolution])
def test_a_population_that_nobody_has_settled_is_a_fifth_of_a_short_search(
    make: type[NSGA2] | type[RegularizedEvolution],
) -> None:
    assert [make().planned(n).pop_size for n in (0, 60, 100, 250, 1000)] == [8, 12, 20, 50, 50]
    assert make().pop_size == make(50).planned(60).pop_size == 50


def test_a_sample_has_room_in_its_population() -> None:
    made = [RegularizedEvolution(), RegularizedEvolution(10), RegularizedEvolution(S=40).planned(60)]
    assert [(one.pop_size, one.steps[0].count) for one in made] == [(50, 25), (10, 5), (40, 40)]
    assert RegularizedEvolution(jump=1.0, sigma=0.1).planned(60).steps[2] == OneMutation(1.0, 0.1)


@pytest.mark.parametrize("make", [NSGA2, RegularizedEvolution])
def test_a_short_search_breeds(make: type[NSGA2] | type[RegularizedEvolution]) -> None:
    study = Study(HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0)}), lambda c: c["x"] + c["y"], sampler=make(), seed=1)
    study.run(40, evaluator=SerialEvaluator())
    assert [bool(t.why.get("parents")) for t in study.history] == [False] * 8 + [True] * 32
