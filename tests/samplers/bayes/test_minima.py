import numpy as np
import pytest

from hypersonde.columns import Array
from hypersonde.models.gp import Embedding, Functions, Hyperparameters, Posterior
from hypersonde.problem.encoding import Encoding
from hypersonde.samplers.bayes.minima import lowest
from hypersonde.testing.problems import PROBLEMS


def functions_over(encoding: Encoding, count: int, rng: np.random.Generator) -> Functions:
    X = encoding.sample(30, rng)
    t = ((np.nan_to_num(X) - 0.3) ** 2).sum(axis=1)
    h = Hyperparameters(np.log(0.5) * np.ones(len(encoding.columns)), -3.0, 0.0, -6.0)
    process = Posterior.given(Embedding.of(encoding.columns), h, X, (t - t.mean()) / t.std())
    return Functions.drawn(process, np.ones(count), rng)


def pool(encoding: Encoding, count: int, rng: np.random.Generator) -> Array:
    X = encoding.sample(count, rng)
    return X[np.unique(encoding.keys(X), return_index=True)[1]]


def search(kind: str, count: int, steps: int) -> tuple[Encoding, Functions, Array, Array]:
    encoding, rng = PROBLEMS[kind]().encoding, np.random.default_rng(0)
    functions, X = functions_over(encoding, count, rng), pool(encoding, 400, rng)
    rows = lowest(encoding, functions, X, steps, encoding.allowed, lambda Z: np.zeros(len(Z)), rng)
    return encoding, functions, X, rows


@pytest.mark.parametrize("kind", PROBLEMS)
def test_rows_of_a_batch_are_legal_and_different(kind: str) -> None:
    encoding, _, X, rows = search(kind, 40, 5)
    np.testing.assert_array_equal(rows, encoding.activate(encoding.snap(rows)))
    assert len(set(encoding.keys(rows))) == len(rows) == min(40, len(X))


def test_every_function_is_climbed_down() -> None:
    _, functions, X, rows = search("continuous", 40, 60)
    start = functions.everywhere(functions.posterior.scale(X)).min(axis=0)
    found = functions.each(functions.posterior.scale(rows))
    assert np.all(found <= start + 1e-9)
    assert np.mean(found < start - 0.01) > 0.8


def test_no_row_is_where_none_may_be() -> None:
    encoding, rng = PROBLEMS["continuous"]().encoding, np.random.default_rng(1)
    functions, X = functions_over(encoding, 30, rng), pool(encoding, 400, rng)
    X = X[X[:, 0] > 0.5]
    rows = lowest(encoding, functions, X, 20, lambda Z: Z[:, 0] > 0.5, lambda Z: np.zeros(len(Z)), rng)
    assert len(rows) == 30
    assert np.all(rows[:, 0] > 0.5)


def test_rows_keep_away_from_where_trials_fail() -> None:
    encoding, rng = PROBLEMS["continuous"]().encoding, np.random.default_rng(2)
    functions, X = functions_over(encoding, 30, rng), pool(encoding, 400, rng)
    rows = lowest(
        encoding,
        functions,
        X,
        20,
        lambda Z: np.ones(len(Z), dtype=np.bool_),
        lambda Z: np.where(Z[:, 0] < 0.5, -50.0, 0.0),
        rng,
    )
    assert np.all(rows[:, 0] >= 0.5)


def test_a_batch_ends_when_there_are_no_more_rows() -> None:
    _, _, X, rows = search("tiny", 40, 3)
    assert len(rows) == len(X) < 40
