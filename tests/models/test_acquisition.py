import mpmath
import numpy as np
import pytest

from hypersonde.models import acquisition


def exact_log_h(u: float) -> float:
    """log of the integral of w phi(u - w) over w > 0, as log phi(u) + log of the integral of w exp(u w - w^2/2)."""
    with mpmath.workdps(40):
        u = mpmath.mpf(u)
        scale = 1 / (1 + abs(u))
        points = [0, *(scale * 2**k for k in range(-2, 9))]
        points += [u + k for k in (-3, 0, 3) if u + k > points[-1]]
        value = mpmath.quad(lambda w: w * mpmath.exp(u * w - w**2 / 2), [*sorted(points), mpmath.inf])
        return float(mpmath.log(value) - u**2 / 2 - mpmath.log(2 * mpmath.pi) / 2)


@pytest.mark.parametrize("u", [8.0, 1.0, 0.0, -0.5, -0.999, -1.001, -5.0, -20.0, -49.9, -50.1, -300.0, -1e4, -1e6])
def test_log_improvement_agrees_with_high_precision_quadrature(u: float) -> None:
    assert float(acquisition.log_h(np.array([u]))[0]) == pytest.approx(exact_log_h(u), rel=1e-13, abs=1e-11)


def test_log_improvement_grows_everywhere() -> None:
    u = np.linspace(-200, 10, 200_001)
    assert np.all(np.diff(acquisition.log_h(u)) > 0)


def test_slopes_of_log_expected_improvement_agree_with_finite_differences() -> None:
    mean, std = np.array([0.3, -1.0, 8.0, 40.0]), np.array([0.5, 2.0, 0.4, 0.3])
    value, d_mean, d_std = acquisition.log_expected_improvement_slopes(mean, std, 0.1)
    np.testing.assert_array_equal(value, acquisition.log_expected_improvement(mean, std, 0.1))
    e = 1e-6

    def value(m: np.ndarray, s: np.ndarray) -> np.ndarray:
        return acquisition.log_expected_improvement(m, s, 0.1)

    np.testing.assert_allclose(d_mean, (value(mean + e, std) - value(mean - e, std)) / (2 * e), rtol=1e-5)
    np.testing.assert_allclose(d_std, (value(mean, std + e) - value(mean, std - e)) / (2 * e), rtol=1e-5)


def test_expected_improvement_agrees_with_sampling() -> None:
    rng = np.random.default_rng(0)
    f = 0.4 + 0.7 * rng.normal(size=1_000_000)
    mean, std = np.array([0.4]), np.array([0.7])
    assert acquisition.expected_improvement(mean, std, 0.2)[0] == pytest.approx(np.maximum(0.2 - f, 0).mean(), rel=0.01)
    assert acquisition.probability_of_improvement(mean, std, 0.2)[0] == pytest.approx((f < 0.2).mean(), rel=0.01)


def test_every_acquisition_prefers_a_lower_mean_and_below_the_mean_more_doubt() -> None:
    for rate in (
        lambda m, s: acquisition.log_expected_improvement(m, s, 0.0),
        lambda m, s: acquisition.expected_improvement(m, s, 0.0),
        lambda m, s: acquisition.probability_of_improvement(m, s, 0.0),
        lambda m, s: acquisition.log_probability_of_improvement(m, s, 0.0),
        lambda m, s: acquisition.lower_confidence(m, s, 1.5),
    ):
        low, high = rate(np.array([0.5, 1.0]), np.ones(2))
        assert low > high
        narrow, wide = rate(np.ones(2), np.array([0.5, 1.0]))
        assert wide > narrow
