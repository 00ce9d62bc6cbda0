import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hypersonde.columns import Array
from hypersonde.models.outputs import Warp

losses = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40).map(np.array)


@given(losses)
def test_a_warp_keeps_the_order(y: Array) -> None:
    _, t = Warp.of(y)
    order = np.argsort(y, kind="stable")
    assert np.isfinite(t).all()
    assert np.all(np.diff(t[order]) >= -1e-9)


def test_a_warp_is_standardised_and_goes_back_to_the_losses() -> None:
    y = np.random.default_rng(0).lognormal(0, 2, 50)
    warp, t = Warp.of(y)
    assert t.mean() == pytest.approx(0.0, abs=1e-12)
    assert t.std() == pytest.approx(1.0)
    np.testing.assert_allclose(warp.back(t), y, rtol=1e-9)
    assert warp.back(np.array([t.min() - 1]))[0] < y.min()
    assert warp.back(np.array([t.max() + 1]))[0] > y.max()


def test_a_warp_does_not_depend_on_units() -> None:
    y = np.random.default_rng(1).normal(size=30)
    np.testing.assert_allclose(Warp.of(1e5 + 300 * y)[1], Warp.of(y)[1], atol=1e-8)


def test_an_outlier_does_not_flatten_the_good_end() -> None:
    y = np.linspace(0, 1, 20)
    calm, wild = Warp.of(y)[1], Warp.of(np.append(y[:-1], 1e12))[1]
    np.testing.assert_allclose(calm, wild, atol=1e-9)


@pytest.mark.parametrize("unit", [1e-300, 1e-13, 1e200])
@pytest.mark.parametrize("warp", [Warp.of, Warp.mild])
def test_units_far_from_one_are_units_like_others(warp, unit: float) -> None:
    y = np.random.default_rng(2).normal(size=30)
    np.testing.assert_allclose(warp(unit * y)[1], warp(y)[1], atol=1e-8)


@pytest.mark.parametrize("huge", [1e3, 1e12, 1e300])
def test_an_outlier_leaves_a_mild_warp_its_good_end(huge: float) -> None:
    y = np.linspace(0, 1, 20)
    wild = Warp.mild(np.append(y, huge))[1]
    assert np.ptp(wild[:10]) > 0.5 * np.ptp(Warp.mild(y)[1][:10])


def test_equal_losses_become_zero() -> None:
    assert Warp.of(np.full(5, 2.0))[1].tolist() == [0.0] * 5
