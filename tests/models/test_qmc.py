import numpy as np
import pytest

from hypersonde.models.qmc import halton


def discrepancy(U: np.ndarray) -> float:
    """Squared L2-star discrepancy (Warnock's formula)."""
    n, d = U.shape
    pairs = np.prod(1 - np.maximum(U[:, None], U[None]), axis=2).sum() / n**2
    return float(3.0**-d - 2 / n * np.prod((1 - U**2) / 2, axis=1).sum() + pairs)


def test_points_do_not_depend_on_how_they_are_asked_for() -> None:
    parts = [halton(0, 8, 3, key=7), halton(8, 12, 3, key=7)]
    np.testing.assert_array_equal(halton(0, 20, 3, key=7), np.concatenate(parts))


@pytest.mark.parametrize("width", [1, 5])
def test_points_are_in_the_cube_and_spread_better_than_random_ones(width: int) -> None:
    rng = np.random.default_rng(0)
    ours, chance = [], []
    for key in range(10):
        U = halton(0, 64, width, key)
        assert U.shape == (64, width)
        assert np.all((U >= 0) & (U < 1))
        ours.append(discrepancy(U))
        chance.append(discrepancy(rng.random((64, width))))
    assert np.mean(ours) < 0.95 * np.mean(chance)


def test_every_coordinate_is_uniform_over_keys() -> None:
    first = np.array([halton(0, 1, 4, key)[0] for key in range(400)])
    np.testing.assert_allclose(first.mean(axis=0), 0.5, atol=0.06)
    np.testing.assert_allclose(first.var(axis=0), 1 / 12, atol=0.02)


def test_many_columns_are_possible() -> None:
    assert len(np.unique(halton(0, 3, 200, key=1))) == 600
