"""Forests: the same answers from both backends, calibrated, growing wary away from data."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from hypersonde.columns import Array, Columns
from hypersonde.models.base import Explains, Updatable
from hypersonde.models.forest import FittedForest, Forest, extra_trees, random_forest
from hypersonde.models.forest.backend import Backend, Compiled, Numpy
from hypersonde.models.forest.draws import mix
from hypersonde.models.forest.grow import Recipe
from hypersonde.models.forest.level import Table
from hypersonde.models.forest.trees import LEAF, Trees, settle
from hypersonde.samplers.ambs.surrogates import SURROGATES

SETTINGS = [extra_trees(), random_forest()]


def mixed_rows(n: int, seed: int) -> tuple[Array, Columns]:
    """Rows with every kind of column: categories, a grid, inactive numbers and categories."""
    rng = np.random.default_rng(seed)
    X = rng.random((n, 6))
    X[:, 0], X[:, 1] = rng.integers(0, 3, n), rng.integers(0, 20, n)
    X[:, 2] = (np.floor(X[:, 2] * 4) + 0.5) / 4
    X[X[:, 0] == 1, 3] = np.nan
    X[X[:, 0] == 2, 1] = np.nan
    levels = np.array([3, 20, 4, 0, 0, 0])
    return X, Columns(tuple("abcdef"), np.array([True, True, False, False, False, False]), levels)


def mixed_outputs(X: Array) -> Array:
    noise = np.random.default_rng(5).normal(size=len(X))
    return np.sin(5 * X[:, 4]) + np.nan_to_num(X[:, 3]) * X[:, 0] + (X[:, 1] % 3 == 0) + 0.1 * noise


def grown(backend: Backend, recipe: Recipe, bags: Array) -> tuple[Trees, Array, Columns]:
    X, columns = mixed_rows(300, 0)
    y = mixed_outputs(X)
    table = Table(np.ascontiguousarray(X.T), columns.categorical, np.rint(y * 2**32).astype(np.int64))
    keys = mix(np.arange(1, len(bags) + 1, dtype=np.uint64))
    return settle(backend.grow(table, bags, keys, recipe), y[bags]), X, columns


@pytest.mark.parametrize("random", [True, False])
@pytest.mark.parametrize("columns", [6, 2])
@pytest.mark.parametrize("smallest", [2, 5])
def test_machine_code_and_numpy_agree_to_the_last_bit(random: bool, columns: int, smallest: int) -> None:
    bags = np.random.default_rng(1).integers(0, 300, (7, 250))
    recipe = Recipe(random, columns, smallest)
    (trees, _, words), (compiled, _, _) = grown(Numpy(), recipe, bags), grown(Compiled(), recipe, bags)
    there, _ = mixed_rows(400, 9)
    assert len(trees.nodes) == len(compiled.nodes) > 7 * 20
    for a, b in zip(
        Numpy().answers(trees, there, words.categorical),
        Compiled().answers(compiled, there, words.categorical),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    more = mixed_outputs(there)[:30] * np.arange(7)[:, None]
    Numpy().absorb(trees, there[:30], more, words.categorical)
    Compiled().absorb(compiled, there[:30], more, words.categorical)
    for a, b in zip(
        Numpy().answers(trees, there, words.categorical),
        Compiled().answers(compiled, there, words.categorical),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)


def test_without_numba_the_forest_gives_the_same_answers() -> None:
    program = (
        "import sys, numpy as np\n"
        "if sys.argv[1] == 'bare': sys.modules['numba'] = None\n"
        "from hypersonde.columns import Columns\n"
        "from hypersonde.models.forest import extra_trees, random_forest\n"
        "X = np.random.default_rng(0).random((60, 3)); y = X.sum(axis=1)\n"
        "for forest in extra_trees(8), random_forest(8):\n"
        "    model = forest.fit(X, y, Columns.continuous(3), np.random.default_rng(1))\n"
        "    mean, deviation = model.add(X[:5], y[:5] + 1).predict(X)\n"
        "    print(mean.tobytes().hex(), deviation.tobytes().hex())\n"
        "print(bool(sys.modules.get('numba')), file=sys.stderr)\n"
    )
    runs = [
        subprocess.run([sys.executable, "-c", program, how], capture_output=True, text=True, check=True)
        for how in ("bare", "with numba")
    ]
    assert runs[0].stdout == runs[1].stdout
    assert [run.stderr.strip() for run in runs] == ["False", "True"]


@pytest.mark.parametrize("random", [True, False])
def test_a_cell_believes_what_its_rows_say(random: bool) -> None:
    bags = np.tile(np.arange(300), (3, 1))
    trees, X, _ = grown(Numpy(), Recipe(random, 6, 4), bags)
    y = mixed_outputs(X)
    np.testing.assert_allclose(trees.beliefs[trees.roots], np.tile([300, y.mean(), y.var()], (3, 1)))
    inner = trees.nodes["column"] != LEAF
    left = trees.nodes["left"][inner]
    np.testing.assert_allclose(trees.beliefs[inner, 0], trees.beliefs[left, 0] + trees.beliefs[left + 1, 0])
    assert (trees.beliefs[:, 0] >= 1).all()


def smooth(X: Array) -> Array:
    return np.asarray(((X - 0.4) ** 2).sum(axis=1))


def rugged(X: Array) -> Array:
    Z = 5 * (X - 0.5)
    return np.asarray((Z * Z - 10 * np.cos(2 * np.pi * Z)).sum(axis=1))


def bent(X: Array) -> Array:
    return np.asarray(np.abs(X @ np.linspace(-1, 1, X.shape[1])) + np.sin(6 * X[:, 0]))


WORDS = {"ET": extra_trees(), "RF": random_forest(), **{f"ambs {w}": SURROGATES[w]() for w in ("ET", "RF")}}


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_nine_tenths_of_new_outputs_lie_in_their_90_percent_intervals_on_mixed_columns_too(
    word: str, noise: float
) -> None:
    columns = Columns(tuple("abcd"), np.array([False, True, False, True]), np.array([0, 4, 0, 3]))
    inside = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X = np.column_stack(
            [rng.random(1000), rng.integers(4, size=1000), rng.random(1000), rng.integers(3, size=1000)]
        )
        y = np.sin(4 * X[:, 0]) + 0.7 * (X[:, 1] == 2) + 0.3 * X[:, 2] ** 2 * (X[:, 3] == 1)
        y += noise * y.std() * rng.normal(size=len(y))
        mean, deviation = WORDS[word].fit(X[:200], y[:200], columns, rng).predict(X[200:])
        inside.append(np.mean(np.abs(y[200:] - mean) < 1.6449 * deviation))
    assert 0.85 <= np.mean(inside) <= 0.95


@pytest.mark.parametrize("settings", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize(("function", "dimensions"), [(smooth, 5), (rugged, 3), (bent, 6)])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_nine_tenths_of_new_outputs_lie_in_their_90_percent_intervals(
    settings: Forest, function: object, dimensions: int, noise: float
) -> None:
    assert callable(function)
    inside = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        X = rng.random((1200, dimensions))
        y = function(X)
        y = y + noise * y.std() * rng.normal(size=len(y))
        model = settings.fit(X[:200], y[:200], Columns.continuous(dimensions), rng)
        mean, deviation = model.predict(X[200:])
        inside.append(np.mean(np.abs(y[200:] - mean) < 1.6449 * deviation))
    assert 0.85 <= np.mean(inside) <= 0.95


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
def test_uncertainty_grows_away_from_data(settings: Forest) -> None:
    rng = np.random.default_rng(3)
    X = 0.45 + 0.1 * rng.random((100, 3))
    model = settings.fit(X, smooth(X), Columns.continuous(3), rng)
    distance = np.linspace(0, 0.45, 10)
    corners = rng.choice([-1.0, 1.0], (200, 3))
    _, deviation = model.predict((0.5 + 0.05 * corners[:, None] + distance[:, None] * corners[:, None]).reshape(-1, 3))
    by_distance = deviation.reshape(200, 10).mean(axis=0)
    assert (np.diff(by_distance) > 0).all()
    assert by_distance[-1] > 2 * by_distance[0]


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
def test_same_data_and_same_generator_give_the_same_model_and_leave_the_data_alone(settings: Forest) -> None:
    X, columns = mixed_rows(80, 1)
    y = mixed_outputs(X)
    before = X.copy(), y.copy()
    first, second = (settings.fit(X, y, columns, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first.predict(X), second.predict(X))
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
def test_units_of_the_output_do_not_matter(settings: Forest) -> None:
    X, columns = mixed_rows(100, 2)
    y = mixed_outputs(X)
    mean, deviation = settings.fit(X, y, columns, np.random.default_rng(0)).predict(X)
    mean_2, deviation_2 = settings.fit(X, 2.0**20 * y, columns, np.random.default_rng(0)).predict(X)
    np.testing.assert_allclose(mean_2, 2.0**20 * mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(deviation_2, 2.0**20 * deviation, rtol=1e-9)


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
def test_categories_and_inactive_parameters_are_learned(settings: Forest) -> None:
    X, columns = mixed_rows(1000, 4)
    y = mixed_outputs(X)
    model = settings.fit(X[:500], y[:500], columns, np.random.default_rng(0))
    error = y[500:] - model.predict(X[500:])[0]
    assert np.mean(error**2) < 0.15 * y.var()


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
def test_more_categories_than_bits_in_a_word_can_be_told_apart(settings: Forest) -> None:
    X = np.arange(200.0).repeat(5)[:, None]
    y = np.random.default_rng(0).normal(size=200)[X[:, 0].astype(int)]
    columns = Columns(("word",), np.array([True]), np.array([200]))
    mean, _ = settings.fit(X, y, columns, np.random.default_rng(1)).predict(X)
    assert np.corrcoef(mean, y)[0, 1] > 0.95


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
def test_an_added_point_pulls_the_mean_towards_it_and_the_old_model_stays(settings: Forest) -> None:
    X, columns = mixed_rows(100, 6)
    model = settings.fit(X, mixed_outputs(X), columns, np.random.default_rng(0))
    before = model.predict(X)
    there = X[:1].copy()
    more = model.add(np.repeat(there, 3, axis=0), np.full(3, 50.0))
    assert more.predict(there)[0] > model.predict(there)[0] + 5
    np.testing.assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
def test_adding_no_outliers_keeps_the_model_as_good_as_a_refit(settings: Forest) -> None:
    rng = np.random.default_rng(8)
    X = rng.random((1000, 4))
    y = smooth(X)
    words = Columns.continuous(4)
    updated = settings.fit(X[:400], y[:400], words, np.random.default_rng(0)).add(X[400:500], y[400:500])
    refitted = settings.fit(X[:500], y[:500], words, np.random.default_rng(0))
    errors = [np.sqrt(np.mean((model.predict(X[500:])[0] - y[500:]) ** 2)) for model in (updated, refitted)]
    assert errors[0] < 1.15 * errors[1]


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
def test_held_out_predictions_are_as_good_as_those_of_new_points(settings: Forest) -> None:
    rng = np.random.default_rng(9)
    X = rng.random((900, 3))
    y = smooth(X)
    model = settings.fit(X[:400], y[:400], Columns.continuous(3), rng)
    mean, deviation = model.held_out()
    inside = np.sqrt(np.mean((mean - y[:400]) ** 2))
    outside = np.sqrt(np.mean((model.predict(X[400:])[0] - y[400:]) ** 2))
    assert 0.8 < inside / outside < 1.3
    assert np.isfinite(deviation).all()
    assert isinstance(model, Explains)
    assert isinstance(model, Updatable)


@pytest.mark.parametrize("settings", SETTINGS, ids=["ET", "RF"])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_few_or_equal_outputs_are_no_trouble(settings: Forest, n: int) -> None:
    X = np.random.default_rng(0).random((n, 2))
    model = settings.fit(X, np.full(n, 3.5), Columns.continuous(2), np.random.default_rng(0))
    mean, deviation = model.predict(np.random.default_rng(1).random((5, 2)))
    np.testing.assert_allclose(mean, 3.5)
    np.testing.assert_allclose(deviation, 0.0, atol=1e-12)


def test_many_rows_are_shared_out_among_the_trees() -> None:
    rng = np.random.default_rng(0)
    X = rng.random((3000, 2))
    model = Forest(trees=6, most=200).fit(X, smooth(X), Columns.continuous(2), rng)
    assert isinstance(model, FittedForest)
    assert model.bags.shape == (6, 200)
    assert np.corrcoef(model.predict(X)[0], smooth(X))[0, 1] > 0.9


def test_predicting_no_rows_gives_none() -> None:
    X = np.random.default_rng(0).random((20, 2))
    model = extra_trees(4).fit(X, smooth(X), Columns.continuous(2), np.random.default_rng(0))
    assert [v.shape for v in model.predict(np.empty((0, 2)))] == [(0,), (0,)]
