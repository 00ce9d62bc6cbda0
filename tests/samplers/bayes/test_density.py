from collections import Counter

import numpy as np
import pytest

from hypersonde.samplers.auto import Auto
from hypersonde.samplers.bayes.density import dense
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.testing.histories import folded, random_events
from hypersonde.testing.problems import PROBLEMS
from hypersonde.testing.samplers import assert_new


@pytest.mark.parametrize("kind", ["mixed", "conditional", "forbidden"])
@pytest.mark.parametrize(("known", "least", "most"), [(60, 0, 0), (300, 20, 45)])
def test_a_third_of_the_suggestions_comes_from_densities_once_there_are_a_hundred_values(
    kind: str, known: int, least: int, most: int
) -> None:
    problem = PROBLEMS[kind]()
    history = folded(problem, random_events(problem, known, np.random.default_rng(0)))
    suggestions = Auto().suggest(history, 96, np.random.default_rng(1))
    assert_new(suggestions, history)
    assert all(problem.encoding.complaint(dict(s.config)) is None for s in suggestions)
    assert least <= Counter(s.why["proposer"] for s in suggestions)["density"] <= most


def test_rows_by_density_are_new_and_where_the_good_ones_are() -> None:
    problem = PROBLEMS["mixed"]()
    history = folded(problem, random_events(problem, 60, np.random.default_rng(0)))
    encoding, rng = problem.encoding, np.random.default_rng(2)
    rows = encoding.sample(400, rng)
    number = int(np.flatnonzero(~encoding.columns.categorical & (encoding.columns.levels == 0))[0])
    losses = np.abs(rows[:, number] - 0.25)
    found = dense(
        encoding, Novelty(history), (rows, losses), np.empty((0, rows.shape[1])), 40, lambda X: np.zeros(len(X)), rng
    )
    assert len(found) == 40
    assert not history.knows(found).any()
    assert len(set(encoding.keys(found))) == 40
    assert np.median(np.abs(found[:, number] - 0.25)) < 0.1
