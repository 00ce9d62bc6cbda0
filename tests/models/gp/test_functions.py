import numpy as np

from hypersonde.columns import Columns
from hypersonde.models.gp import Embedding, Functions, Hyperparameters, Posterior


def posterior(noise: float = -9.0) -> Posterior:
    X = np.random.default_rng(0).random((12, 2))
    h = Hyperparameters(np.log([0.4, 0.8]), -3.0, 0.0, noise)
    return Posterior.given(Embedding.of(Columns.continuous(2)), h, X, np.sin(6.0 * X[:, 0]) + X[:, 1])


def test_drawn_functions_scatter_as_the_posterior_says() -> None:
    process, rng = posterior(), np.random.default_rng(1)
    at = process.scale(rng.random((20, 2)))
    mean, variance = process.predict_scaled(at)
    drawn = np.concatenate([Functions.drawn(process, np.ones(30), rng).everywhere(at) for _ in range(200)], axis=1)
    np.testing.assert_allclose(drawn.mean(axis=1), mean, atol=0.05)
    np.testing.assert_allclose(drawn.std(axis=1), np.sqrt(variance), rtol=0.1, atol=0.02)


def test_neighbours_on_a_drawn_function_belong_together_as_the_posterior_says() -> None:
    process, rng = posterior(), np.random.default_rng(2)
    at = process.scale(np.array([[0.5, 0.02], [0.5, 0.07]]))
    drawn = np.concatenate([Functions.drawn(process, np.ones(30), rng).everywhere(at) for _ in range(200)], axis=1)
    _, _, V = process.predict_with_factor(at)
    expected = process.covariance(at, at) - V.T @ V
    np.testing.assert_allclose(np.cov(drawn), expected, rtol=0.12, atol=0.002)


def test_drawn_functions_pass_through_what_is_known() -> None:
    process = posterior(noise=-13.0)
    drawn = Functions.drawn(process, np.ones(5), np.random.default_rng(3)).everywhere(process.S)
    np.testing.assert_allclose(drawn, np.repeat(process.t[:, None], 5, axis=1), atol=0.02)


def test_a_function_without_boldness_is_the_mean_and_believers_change_nothing() -> None:
    rng = np.random.default_rng(4)
    process = posterior().believing(rng.random((3, 2)))
    at = process.scale(rng.random((9, 2)))
    flat = Functions.drawn(process, np.zeros(2), rng).everywhere(at)
    np.testing.assert_allclose(flat, np.repeat(process.mean(at)[:, None], 2, axis=1), atol=1e-9)


def test_each_function_at_its_own_point_is_the_diagonal() -> None:
    process, rng = posterior(), np.random.default_rng(5)
    functions, at = Functions.drawn(process, np.ones(7), rng), process.scale(rng.random((7, 2)))
    np.testing.assert_allclose(functions.each(at), np.diag(functions.everywhere(at)), atol=1e-9)
