import numpy as np
import pytest

from hypersonde.columns import Array, Columns
from hypersonde.models.gp import Embedding, GaussianProcess, Hyperparameters, Posterior, Prior
from hypersonde.models.gp.evidence import Evidence
from hypersonde.models.gp.matern import matern52, matern52_slope, squared_distances
from hypersonde.models.gp.trend import trend_features

MIXED = Columns(
    names=("a", "b", "c", "d"),
    categorical=np.array([False, True, False, True]),
    levels=np.array([0, 3, 5, 2]),
)


def mixed_rows(n: int, rng: np.random.Generator) -> Array:
    """Rows where column c is active only with b != 0."""
    X = np.column_stack(
        [rng.random(n), rng.integers(3, size=n), (rng.integers(5, size=n) + 0.5) / 5, rng.integers(2, size=n)]
    ).astype(float)
    X[X[:, 1] == 0, 2] = np.nan
    return X


def outputs(X: Array) -> Array:
    t = np.sin(4 * X[:, 0]) + 0.5 * X[:, 1] + np.nan_to_num(X[:, 2]) ** 2 - 0.3 * X[:, 3]
    return (t - t.mean()) / t.std()


def some_hyperparameters(rng: np.random.Generator) -> Hyperparameters:
    return Hyperparameters.from_vector(np.array([-0.5, 0.2, 0.1, 0.7, -1.0, 0.3, -4.0]) + 0.2 * rng.normal(size=7))


def test_categories_are_at_distance_one_and_inactive_rows_at_distance_zero() -> None:
    Z = Embedding.of(MIXED).embed(np.array([[0.3, 0, np.nan, 1], [0.3, 2, np.nan, 1], [0.3, 0, np.nan, 0]]))
    S = squared_distances(Z, Z)
    assert S[0, 1] == pytest.approx(1.0)
    assert S[0, 2] == pytest.approx(1.0)
    assert S[0, 0] == pytest.approx(0.0, abs=1e-15)


def test_the_covariance_of_conditional_rows_is_positive_definite() -> None:
    rng = np.random.default_rng(0)
    Z = Embedding.of(MIXED).embed(mixed_rows(80, rng)) / 0.3
    assert np.linalg.eigvalsh(matern52(squared_distances(Z, Z))).min() > -1e-9


def test_the_slope_of_the_kernel_agrees_with_finite_differences() -> None:
    S = np.linspace(0.01, 9.0, 50)
    numeric = (matern52(S + 1e-6) - matern52(S - 1e-6)) / 2e-6
    np.testing.assert_allclose(matern52_slope(S), numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_of_the_evidence_agrees_with_finite_differences(seed: int) -> None:
    rng = np.random.default_rng(seed)
    X, embedding = mixed_rows(40, rng), Embedding.of(MIXED)
    evidence = Evidence(embedding, Prior(), embedding.embed(X), outputs(X))
    theta = some_hyperparameters(rng).vector
    _, gradient = evidence(theta)
    steps = 1e-5 * np.eye(len(theta))
    numeric = [(evidence(theta + e)[0] - evidence(theta - e)[0]) / 2e-5 for e in steps]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-5)


def test_the_posterior_agrees_with_a_direct_solve() -> None:
    rng = np.random.default_rng(1)
    X, at, h = mixed_rows(60, rng), mixed_rows(20, rng), some_hyperparameters(rng)
    t, embedding = outputs(X), Embedding.of(MIXED)
    posterior = Posterior.given(embedding, h, X, t)
    A, B = posterior.scale(X), posterior.scale(at)
    F, f = trend_features(A), trend_features(B)
    K = h.signal * matern52(squared_distances(A, A)) + h.trend * F @ F.T + (h.noise + 1e-8 * h.signal) * np.eye(60)
    k = h.signal * matern52(squared_distances(A, B)) + h.trend * F @ f.T
    mean, variance = posterior.predict(at)
    np.testing.assert_allclose(mean, k.T @ np.linalg.solve(K, t), rtol=1e-9, atol=1e-9)
    direct = h.signal + h.trend * (f**2).sum(axis=1) - np.einsum("ij,ij->j", k, np.linalg.solve(K, k))
    np.testing.assert_allclose(variance, direct, rtol=1e-8, atol=1e-10)


def test_the_gradient_of_a_prediction_agrees_with_finite_differences() -> None:
    rng = np.random.default_rng(2)
    X = mixed_rows(50, rng)
    embedding = Embedding.of(MIXED)
    posterior = Posterior.given(embedding, some_hyperparameters(rng), X, outputs(X))
    posterior = posterior.believing(mixed_rows(5, rng))
    s = posterior.scale(mixed_rows(1, rng))[0]
    mean, variance, d_mean, d_variance = posterior.predict_with_gradient(s)
    means, variances = posterior.predict_scaled(s + np.concatenate([np.zeros((1, len(s))), 1e-5 * np.eye(len(s))]))
    back = posterior.predict_scaled(s - 1e-5 * np.eye(len(s)))
    assert mean == pytest.approx(means[0])
    assert variance == pytest.approx(variances[0])
    np.testing.assert_allclose(d_mean, (means[1:] - back[0]) / 2e-5, rtol=1e-5, atol=1e-6)
    alone, slope = posterior.mean_with_gradient(s)
    assert alone == pytest.approx(mean, rel=1e-12)
    assert float(posterior.mean(s[None])[0]) == pytest.approx(mean, rel=1e-12)
    np.testing.assert_allclose(slope, d_mean, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(d_variance, (variances[1:] - back[1]) / 2e-5, rtol=1e-5, atol=1e-6)


def test_500_points_added_one_by_one_leave_the_posterior_of_a_refit() -> None:
    rng = np.random.default_rng(3)
    X, at = mixed_rows(520, rng), mixed_rows(30, rng)
    X[:, 0] = rng.random(520)
    t, h, embedding = outputs(X), some_hyperparameters(rng), Embedding.of(MIXED)
    grown = Posterior.given(embedding, h, X[:20], t[:20])
    for i in range(20, 520):
        grown = grown.observing(X[i : i + 1], t[i : i + 1])
    at_once = Posterior.given(embedding, h, X, t)
    for one, other in zip(grown.predict(at), at_once.predict(at), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-9)


def test_a_believer_narrows_the_variance_and_leaves_the_mean() -> None:
    rng = np.random.default_rng(4)
    X, at = mixed_rows(30, rng), mixed_rows(40, rng)
    posterior = Posterior.given(Embedding.of(MIXED), some_hyperparameters(rng), X, outputs(X))
    pending = mixed_rows(6, rng)
    believing = posterior.believing(pending)
    taken = posterior.observing(pending, posterior.predict(pending)[0])
    np.testing.assert_allclose(believing.predict(at)[0], posterior.predict(at)[0])
    np.testing.assert_allclose(taken.predict(at)[0], posterior.predict(at)[0], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(believing.predict(at)[1], taken.predict(at)[1], rtol=1e-9, atol=1e-12)
    assert np.all(believing.predict(at)[1] <= posterior.predict(at)[1] + 1e-12)


def test_leave_one_out_agrees_with_leaving_each_out() -> None:
    rng = np.random.default_rng(5)
    X = mixed_rows(25, rng)
    t, h, embedding = outputs(X), some_hyperparameters(rng), Embedding.of(MIXED)
    mean, variance = Posterior.given(embedding, h, X, t).leave_one_out()
    for i in range(25):
        others = np.arange(25) != i
        without = Posterior.given(embedding, h, X[others], t[others]).predict(X[[i]])
        assert mean[i] == pytest.approx(without[0][0], rel=1e-5, abs=1e-6)
        assert variance[i] == pytest.approx(without[1][0] + h.noise, rel=1e-5, abs=1e-6)


def test_repeated_rows_do_not_break_the_factor() -> None:
    X = np.full((12, 2), 0.5)
    h = Hyperparameters(np.zeros(2), -9.0, 0.0, -30.0)
    mean, variance = Posterior.given(Embedding.of(Columns.continuous(2)), h, X, np.ones(12)).predict(X[:1])
    assert mean[0] == pytest.approx(1.0, abs=1e-3)
    assert variance[0] < 1e-3


def test_values_that_are_not_finite_are_refused() -> None:
    h = Hyperparameters(np.zeros(1), -9.0, float("nan"), 0.0)
    with pytest.raises(np.linalg.LinAlgError, match="not finite"):
        Posterior.given(Embedding.of(Columns.continuous(1)), h, np.array([[0.1], [0.2]]), np.zeros(2))


def test_observing_after_believing_is_refused() -> None:
    posterior = Posterior.given(
        Embedding.of(MIXED),
        some_hyperparameters(np.random.default_rng(0)),
        mixed_rows(5, np.random.default_rng(0)),
        np.zeros(5),
    )
    pending = mixed_rows(1, np.random.default_rng(1))
    with pytest.raises(ValueError, match="Observe first"):
        posterior.believing(pending).observing(pending, np.zeros(1))


def test_a_fit_finds_which_parameter_matters_and_predicts_held_out_losses() -> None:
    rng = np.random.default_rng(6)
    X = rng.random((60, 3))
    y = 1e3 + 50 * np.sin(5 * X[:, 0])
    model = GaussianProcess().fit(X[:40], y[:40], Columns.continuous(3), rng)
    lengths = model.posterior.hyperparameters.log_lengths
    assert lengths[0] < lengths[1:].min() - 1
    mean, std = model.predict(X[40:])
    assert np.abs(mean - y[40:]).max() < 1.0
    assert np.mean(np.abs(mean - y[40:]) <= 3 * std + 1e-2) > 0.9
    held_mean, held_std = model.held_out()
    assert held_mean.shape == held_std.shape == (40,)


def test_a_fit_does_not_depend_on_the_order_of_parameters_nor_on_affine_units() -> None:
    rng = np.random.default_rng(7)
    X = mixed_rows(40, rng)
    y = outputs(X)
    order = [2, 3, 0, 1]
    shuffled = Columns(tuple("cdab"), MIXED.categorical[order], MIXED.levels[order])
    at = mixed_rows(15, rng)
    mean, std = GaussianProcess().fit(X, y, MIXED, rng).predict(at)
    mean2, std2 = GaussianProcess().fit(X[:, order], 7 + 1e4 * y, shuffled, rng).predict(at[:, order])
    np.testing.assert_allclose((mean2 - 7) / 1e4, mean, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(std2 / 1e4, std, rtol=1e-2, atol=1e-3)


def test_a_fit_to_many_rows_keeps_the_best_of_them() -> None:
    rng = np.random.default_rng(8)
    X = rng.random((300, 2))
    y = (X**2).sum(axis=1)
    model = GaussianProcess(most=60).fit(X, y, Columns.continuous(2), rng)
    assert model.posterior.observed == 60
    assert model.predict(X[[np.argmin(y)]])[0][0] == pytest.approx(y.min(), abs=0.02)


def test_one_row_and_constant_losses_can_be_fitted() -> None:
    rng = np.random.default_rng(9)
    for n in (1, 5):
        model = GaussianProcess().fit(rng.random((n, 2)), np.full(n, 3.0), Columns.continuous(2), rng)
        mean, std = model.predict(rng.random((4, 2)))
        np.testing.assert_allclose(mean, 3.0)
        assert np.isfinite(std).all()
