"""A model that was amended is right at the points that it was told, and as before far from them."""

from __future__ import annotations

import numpy as np

from hypersonde.columns import Columns
from hypersonde.models.dummy import Constant
from hypersonde.samplers.ambs.amended import Amended

COLUMNS = Columns(("x", "c"), np.array([False, True]), np.array([0, 3]))
POINT = np.array([[0.5, 1.0]])


def told() -> Amended:
    return Amended.of(Constant(10, 2.0, 1.0), COLUMNS).add(POINT, np.array([5.0]))


def test_it_is_right_and_sure_at_a_point_that_it_was_told() -> None:
    mean, std = told().predict(POINT)
    assert (mean.tolist(), std.tolist()) == ([5.0], [0.0])


def test_the_correction_fades_with_distance() -> None:
    mean, std = told().predict(np.array([[0.55, 1.0], [0.65, 1.0], [1.0, 1.0], [0.5, 2.0], [np.nan, 1.0]]))
    assert mean[0] > mean[1] > mean[2] > 2.0
    assert np.all(np.diff(std[:3]) > 0)
    np.testing.assert_allclose(mean[3:], 2.0, atol=1e-4)
    np.testing.assert_allclose(std[3:], 1.0, atol=1e-4)


def test_rows_that_are_inactive_in_the_same_places_are_near() -> None:
    row = np.array([[np.nan, 2.0]])
    assert told().add(row, np.array([-1.0])).predict(row)[0].tolist() == [-1.0]


def test_the_latest_word_on_a_point_counts() -> None:
    assert told().add(POINT, np.array([0.0])).predict(POINT)[0].tolist() == [0.0]
