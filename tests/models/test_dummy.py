"""The constant model."""

import numpy as np

from hypersonde.columns import Columns
from hypersonde.models.base import Updatable
from hypersonde.models.dummy import Dummy


def test_it_predicts_the_mean_and_deviation_of_all_outputs_it_has_seen() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.random((30, 2)), rng.normal(3.0, 2.0, 30)
    model = Dummy().fit(X[:20], y[:20], Columns.continuous(2), rng)
    assert isinstance(model, Updatable)
    mean, deviation = model.add(X[20:], y[20:]).predict(X[:4])
    np.testing.assert_allclose(mean, np.full(4, y.mean()))
    np.testing.assert_allclose(deviation, np.full(4, y.std()))
