"""Expected hypervolume improvement: boxes against the exact hypervolume, expectations against quadrature and draws."""

import mpmath
import numpy as np
import pytest

from hypersonde.columns import Array
from hypersonde.models.acquisition import log_expected_improvement
from hypersonde.models.hypervolume import hypervolume
from hypersonde.models.improvement import Boxes


def spread_front(n: int, m: int, rng: np.random.Generator) -> Array:
    """Points of which some dominate others, with ties."""
    Y = rng.random((n, m))
    Y[: n // 4, 0] = np.round(Y[: n // 4, 0], 1)
    return np.concatenate([Y, Y[:2]])


@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 30])
def test_the_boxes_measure_what_a_point_adds_to_the_hypervolume(n: int, m: int) -> None:
    rng = np.random.default_rng(n)
    front = spread_front(n, m, rng) if n else np.empty((0, m))
    reference = np.array([0.95, 1.05, 0.9])[:m]
    boxes = Boxes.around(front, reference)
    Y = np.concatenate([rng.random((60, m)) * 1.1, front[:3] - 1e-3, front[:1]])
    added = [hypervolume(np.concatenate([front, y[None]]), reference) - hypervolume(front, reference) for y in Y]
    assert max(added) > 0.0
    np.testing.assert_allclose(boxes.improvement(Y), added, atol=1e-12)


@pytest.mark.parametrize("m", [2, 3])
def test_the_boxes_are_disjoint_and_none_holds_a_dominated_point(m: int) -> None:
    rng = np.random.default_rng(m)
    front, reference = spread_front(12, m, rng), np.ones(m)
    boxes = Boxes.around(front, reference)
    Y = rng.random((3000, m))
    inside = ((Y[:, None] > boxes.lower) & (Y[:, None] < boxes.upper)).all(axis=2).sum(axis=1)
    dominated = (front[None] <= Y[:, None]).all(axis=2).any(axis=1)
    assert dominated.any()
    np.testing.assert_array_equal(inside, np.where(dominated, 0, 1))


@pytest.mark.parametrize("m", [2, 3])
def test_the_expectation_agrees_with_many_draws(m: int) -> None:
    rng = np.random.default_rng(m)
    boxes = Boxes.around(spread_front(8, m, rng), np.ones(m))
    mean, std = rng.random((4, m)), 0.05 + 0.3 * rng.random((4, m))
    for k in range(4):
        drawn = boxes.improvement(mean[k] + std[k] * rng.standard_normal((200_000, m)))
        error = drawn.std() / np.sqrt(len(drawn))
        assert error < 0.05 * drawn.mean()
        expected = float(np.exp(boxes.log_expected(mean[[k]], std[[k]])[0]))
        assert abs(expected - drawn.mean()) < 4.5 * error


def test_the_expectation_agrees_with_quadrature_far_into_the_tails() -> None:
    front, reference = np.array([[0.2, 0.6], [0.5, 0.3]]), np.array([0.9, 0.8])
    boxes = Boxes.around(front, reference)
    mpmath.mp.dps = 40

    def expected_part(cut: float, mean: float, std: float) -> mpmath.mpf:
        u = (mpmath.mpf(cut) - mpmath.mpf(mean)) / mpmath.mpf(std)
        return std * (mpmath.npdf(u) + u * mpmath.ncdf(u))

    for mean, std in (
        ([0.3, 0.4], [0.1, 0.2]),
        ([2.0, 3.0], [0.05, 0.1]),
        ([-1.0, 2.0], [0.01, 0.05]),
        ([9.0, 9.0], [0.3, 0.2]),
    ):
        total = mpmath.mpf(0)
        for low, high in zip(boxes.lower, boxes.upper, strict=True):
            product = mpmath.mpf(1)
            for j in range(2):
                bottom = mpmath.mpf(0) if np.isinf(low[j]) else expected_part(low[j], mean[j], std[j])
                product *= expected_part(high[j], mean[j], std[j]) - bottom
            total += product
        value = boxes.log_expected(np.array([mean]), np.array([std]))[0]
        assert value == pytest.approx(float(mpmath.log(total)), rel=1e-8)


@pytest.mark.parametrize("m", [2, 3])
def test_the_boxes_near_a_point_are_few_and_tell_the_same_there(m: int) -> None:
    rng = np.random.default_rng(m)
    boxes = Boxes.around(rng.random((60, m)), np.ones(m))
    mean, std = np.full(m, 0.3), np.full(m, 1e-3)
    near = boxes.near(mean, std)
    assert 0 < len(near.upper) < len(boxes.upper)
    for here, everywhere in zip(near.with_slopes(mean, std), boxes.with_slopes(mean, std), strict=True):
        np.testing.assert_allclose(here, everywhere, rtol=1e-9, atol=1e-12)  # slopes of 1e-87 are none


def test_with_one_objective_out_of_play_it_is_plain_expected_improvement() -> None:
    boxes = Boxes.around(np.array([[0.5, -1e3]]), np.array([0.5 + 1e-9, 1.0]))
    value = boxes.log_expected(np.array([[0.4, -1e3]]), np.array([[0.2, 1e-9]]))[0]
    plain = log_expected_improvement(np.array([0.4]), np.array([0.2]), 0.5)[0]
    assert value == pytest.approx(plain + np.log(1001.0), abs=1e-4)


@pytest.mark.parametrize("m", [2, 3])
@pytest.mark.parametrize("far", [0.0, 3.0])
def test_the_slopes_agree_with_finite_differences(m: int, far: float) -> None:
    rng = np.random.default_rng(m)
    boxes = Boxes.around(spread_front(9, m, rng), np.ones(m))
    for _ in range(5):
        mean, std = far + rng.random(m), 0.1 + 0.2 * rng.random(m)
        value, by_mean, by_std = boxes.with_slopes(mean, std)
        assert value == pytest.approx(boxes.log_expected(mean[None], std[None])[0], rel=1e-9)
        steps, zero = 1e-6 * np.eye(m), np.zeros((m, m))
        for slopes, dm, ds in ((by_mean, steps, zero), (by_std, zero, steps)):
            up, down = boxes.log_expected(mean + dm, std + ds), boxes.log_expected(mean - dm, std - ds)
            np.testing.assert_allclose(slopes, (up - down) / 2e-6, rtol=1e-5, atol=1e-5)
            assert np.abs(slopes).max() > 0.1
