"""Boosted trees: they learn, they are calibrated, they are pure."""

from __future__ import annotations

import numpy as np
import pytest

from hypersonde.columns import Array, Columns
from hypersonde.models.base import Explains, Updatable
from hypersonde.models.boosting import Boosting
from hypersonde.models.dummy import Dummy


def bent(X: Array) -> Array:
    return np.asarray(np.abs(X @ np.linspace(-1, 1, X.shape[1])) + np.sin(6 * X[:, 0]))


@pytest.mark.parametrize("noise", [0.0, 0.4])
@pytest.mark.parametrize("random", [True, False])
def test_nine_tenths_of_new_outputs_lie_in_their_90_percent_intervals(noise: float, random: bool) -> None:
    inside, errors = [], []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X = rng.random((900, 4))
        y = bent(X) + noise * rng.normal(size=900)
        model = Boosting(random=random).fit(X[:200], y[:200], Columns.continuous(4), rng)
        mean, deviation = model.predict(X[200:])
        inside.append(np.mean(np.abs(y[200:] - mean) < 1.6449 * deviation))
        errors.append(np.mean((mean - bent(X[200:])) ** 2) / np.var(bent(X)))
    assert 0.85 <= np.mean(inside) <= 0.95
    assert np.mean(errors) < 0.25


def test_same_data_and_same_generator_give_the_same_model() -> None:
    X = np.random.default_rng(0).random((40, 3))
    columns = Columns.continuous(3)
    first, second = (Boosting(stages=10).fit(X, bent(X), columns, np.random.default_rng(1)) for _ in range(2))
    np.testing.assert_array_equal(first.predict(X), second.predict(X))


def test_categories_and_inactive_parameters_are_learned_better_than_the_mean() -> None:
    rng = np.random.default_rng(2)
    X = np.column_stack((rng.integers(0, 4, 300), rng.random(300)))
    X[X[:, 0] == 1, 1] = np.nan
    y = np.where(X[:, 0] == 2, 1.0, np.nan_to_num(X[:, 1], nan=3.0))
    columns = Columns(("word", "x"), np.array([True, False]), np.array([4, 0]))
    errors = [
        np.mean((settings.fit(X[:200], y[:200], columns, rng).predict(X[200:])[0] - y[200:]) ** 2)
        for settings in (Boosting(), Dummy())
    ]
    assert errors[0] < 0.05 * errors[1]


def test_held_out_predictions_are_worse_than_those_of_known_rows_but_finite() -> None:
    rng = np.random.default_rng(3)
    X = rng.random((200, 3))
    model = Boosting().fit(X, bent(X), Columns.continuous(3), rng)
    assert isinstance(model, Explains)
    mean, deviation = model.held_out()
    known = np.isfinite(mean)
    assert known.mean() > 0.7
    assert np.isfinite(deviation[known]).all()
    assert np.mean((mean[known] - bent(X)[known]) ** 2) > np.mean((model.predict(X)[0] - bent(X)) ** 2)


@pytest.mark.parametrize("n", [1, 2])
def test_one_row_is_enough(n: int) -> None:
    X = np.random.default_rng(4).random((n, 2))
    mean, _ = Boosting().fit(X, np.full(n, 2.0), Columns.continuous(2), np.random.default_rng(0)).predict(X)
    np.testing.assert_allclose(mean, 2.0)


def test_added_points_are_learned_and_the_old_model_stays() -> None:
    rng = np.random.default_rng(5)
    X = rng.random((900, 3))
    columns = Columns.continuous(3)
    old = Boosting().fit(X[:100], bent(X[:100]), columns, np.random.default_rng(0))
    before = old.predict(X[300:])
    assert isinstance(old, Updatable)
    new = old.add(X[100:300], bent(X[100:300]))
    refitted = Boosting().fit(X[:300], bent(X[:300]), columns, np.random.default_rng(0))
    errors = [np.mean((model.predict(X[300:])[0] - bent(X[300:])) ** 2) for model in (old, new, refitted)]
    assert errors[2] < errors[1] < 0.9 * errors[0]
    np.testing.assert_array_equal(old.predict(X[300:]), before)
