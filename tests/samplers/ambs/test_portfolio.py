"""GP-Hedge trusts the acquisition function whose nominees turned out well, and knows them from the records."""

from __future__ import annotations

import numpy as np

from hypersonde.samplers import Suggestion
from hypersonde.samplers.ambs import LCB, ExpectedImprovement, Portfolio
from hypersonde.samplers.ambs.strategies import Strategy
from hypersonde.testing.histories import folded, started
from hypersonde.testing.problems import PROBLEMS

BOTH = Portfolio({"greedy": LCB(0.0), "curious": LCB(10.0)}, memory=3)


def test_members_nominate_by_their_own_taste() -> None:
    mean, std = np.array([0.0, 1.0, 2.0]), np.array([0.1, 0.1, 1.0])
    found = BOTH.nominees(mean, std, 0.0, Strategy(), np.random.default_rng(0))
    assert found == {"greedy": 0, "curious": 2}


def test_odds_start_equal_and_follow_the_rewards() -> None:
    np.testing.assert_allclose(BOTH.odds(np.zeros((0, 2))), [0.5, 0.5])
    good, bad = BOTH.odds(np.tile([1.0, 0.0], (10, 1)))
    assert good > 0.9
    np.testing.assert_allclose(good + bad, 1.0)


def test_odds_are_those_of_the_paper() -> None:
    eta = np.sqrt(8.0 * np.log(2.0) / 2.0)
    expected = np.exp(eta * np.array([1.5, 0.5]))
    np.testing.assert_allclose(BOTH.odds(np.array([[1.0, 0.5], [0.5, 0.0]])), expected / expected.sum())


def test_what_was_nominated_is_read_from_the_records_newest_first() -> None:
    problem = PROBLEMS["conditional"]()
    X = problem.encoding.sample(10, np.random.default_rng(0))
    configs = problem.encoding.decode(X)
    history = folded(problem, [])
    for i in range(5):
        why = BOTH.record("greedy", {"greedy": X[i], "curious": X[i + 5]})
        history.extend([started(i, Suggestion(configs[i], why))])
    past = BOTH.past(history)
    np.testing.assert_allclose(past[:, 0], X[[4, 3, 2]])
    np.testing.assert_array_equal(past[:, 1], X[[9, 8, 7]])


def test_nominees_on_which_all_agree_are_not_written_down() -> None:
    row = np.array([0.5, np.nan])
    assert BOTH.record("greedy", {"greedy": row, "curious": row.copy()}) == {"acquisition": "greedy"}


def test_records_of_others_are_passed_over() -> None:
    problem = PROBLEMS["single"]()
    history = folded(problem, [started(0, Suggestion({"x": 0.5}, {"acquisition": "somebody else's"}))])
    assert BOTH.past(history).shape == (0, 2, 1)


def test_a_single_member_has_no_past_to_compare() -> None:
    alone = Portfolio({"EI": ExpectedImprovement()})
    assert alone.choose(alone.odds(np.zeros((0, 1))), np.random.default_rng(0)) == "EI"
