"""Steps on grids: to another point of them, also where cells are of different widths."""

import numpy as np
import pytest

from hypersonde.problem import HpProblem
from hypersonde.samplers.bayes.candidates import mutations
from hypersonde.samplers.bayes.refinement import neighbours
from hypersonde.samplers.evolution.mutation import polynomial, settle, step

SPACES = {"linear": (1, 1000), "log": (1, 1000, "log-uniform"), "short": (1, 16, "log-uniform")}


@pytest.mark.parametrize("kind", SPACES)
@pytest.mark.parametrize("value", [1, 2, 5, 16])
def test_a_mutation_of_an_integer_is_another_integer(kind: str, value: int) -> None:
    encoding = HpProblem({"n": SPACES[kind]}).encoding
    rng, row = np.random.default_rng(0), encoding.encode([{"n": value}])
    X = np.repeat(row, 400, axis=0)
    which = np.ones(X.shape, dtype=np.bool_)
    for moved in (
        mutations(encoding, row, 400, rng),
        settle(step(X, which, 0.05, encoding.columns, rng), encoding),
        settle(polynomial(X, which, encoding.columns, rng), encoding),
    ):
        assert np.mean(moved == row) < 0.02


@pytest.mark.parametrize(
    ("value", "near"), [(1, {2, 3, 5, 9}), (5, {1, 3, 4, 6, 7, 9, 13}), (14, {6, 10, 12, 13, 15, 16})]
)
def test_the_neighbours_of_an_integer_on_a_log_scale_are_the_integers_beside_it(value: int, near: set[int]) -> None:
    encoding = HpProblem({"n": SPACES["short"]}).encoding
    found = neighbours(encoding.columns, encoding.encode([{"n": value}])[0])
    assert {config["n"] for config in encoding.decode(found)} == near


@pytest.mark.parametrize("kind", SPACES)
def test_so_many_points_up_and_down_again_is_where_it_was(kind: str) -> None:
    encoding = HpProblem({"n": SPACES[kind], "x": (0.0, 1.0), "word": ["a", "b"]}).encoding
    X = encoding.encode([{"n": 7, "x": 0.3, "word": "b"}])
    up = encoding.columns.shifted(X, 3.0)
    assert encoding.decode(up) == [{"n": 10, "x": 0.3, "word": "b"}]
    np.testing.assert_allclose(encoding.columns.shifted(up, -3.0), X)


def test_the_next_point_is_the_next_integer() -> None:
    encoding = HpProblem({"n": (1, 100, "log-uniform")}).encoding
    X = np.array([[encoding.encode([{"n": n}])[0, 0]] for n in range(2, 100)])
    values = [config["n"] for config in encoding.decode(encoding.columns.shifted(X, 1.0))]
    assert values == list(range(3, 101))
