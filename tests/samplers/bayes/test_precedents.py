"""Learning from other studies: what is taken over, how it is weighed, what becomes of a misleading one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.columns import Array
from hypersonde.errors import InvalidInput
from hypersonde.models.gp import Posterior, Prior
from hypersonde.models.hypervolume import hypervolume
from hypersonde.problem import HpProblem
from hypersonde.samplers import Auto, Precedent
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.bayes.teachers import Teachers
from hypersonde.testing.histories import folded, outcome, random_events, search, started
from hypersonde.testing.problems import PROBLEMS
from hypersonde.testing.samplers import MakeSampler, SamplerLaws
from hypersonde.trials import History, State

SPACE = {"x": (0.0, 1.0), "y": (0.0, 1.0), "z": (0.0, 1.0), "kind": ["a", "b", "c"]}


def _bowl(config: Mapping[str, Any], centre: tuple[float, ...], kind: str) -> float:
    away = sum((config[k] - c) ** 2 for k, c in zip("xyz", centre, strict=True))
    return float(away + (config["kind"] != kind))


def bowl(config: Mapping[str, Any]) -> float:
    return _bowl(config, (0.2, 0.7, 0.4), "b")


def elsewhere(config: Mapping[str, Any]) -> float:
    return _bowl(config, (0.9, 0.1, 0.9), "c")


def measured(problem: HpProblem, loss: Any, n: int = 60, seed: int = 0) -> History:
    """A study of n random trials."""
    history = folded(problem, [])
    for number, config in enumerate(problem.encoding.decode(problem.encoding.sample(n, np.random.default_rng(seed)))):
        history.extend([started(number, Suggestion(config)), *outcome(number, State.COMPLETE, (loss(config),))])
    return history


def precedent(loss: Any, name: str = "earlier", space: Mapping[str, Any] = SPACE) -> Precedent:
    return Precedent.of(measured(HpProblem(dict(space)), loss), name)


def teachers(*precedents: Precedent) -> Teachers:
    found = Teachers.of(precedents, HpProblem(SPACE).encoding, "loss0", Prior())
    assert found is not None
    return found


def known(loss: Any, n: int, seed: int = 1) -> tuple[Array, Array]:
    """Rows and standardised losses of a search that has tried n random configurations."""
    history = measured(HpProblem(SPACE), loss, n, seed)
    y = history.losses[:, 0]
    return np.array(history.X), (y - y.mean()) / y.std()


@pytest.mark.parametrize("workers", [1, 4])
def test_a_study_of_the_same_function_gives_a_head_start(workers: int) -> None:
    problem, earlier = HpProblem(SPACE), precedent(bowl)
    learned, alone = (
        np.mean([min(search(sampler, problem, bowl, 10, seed=seed, workers=workers)) for seed in range(5)])
        for sampler in (Auto(precedents=[earlier]), Auto())
    )
    assert learned < 0.05
    assert learned < 0.3 * alone


def test_a_misleading_study_is_discounted_to_nothing_and_the_optimum_is_found_all_the_same() -> None:
    problem = HpProblem(SPACE)
    for misleading in (lambda c: -bowl(c), elsewhere):
        assert min(search(Auto(precedents=[precedent(misleading)]), problem, bowl, 40)) < 1e-3
    expectation = teachers(precedent(lambda c: -bowl(c))).expectation(*known(bowl, 8))
    assert expectation.weights.tolist() == [0.0]
    assert expectation.trust == 0.0
    X, _ = known(bowl, 5)
    assert np.ptp(expectation.at(teachers(precedent(bowl)).all[0].posterior.embedding.embed(X))) == 0.0


def test_the_study_that_agrees_is_told_from_the_one_that_does_not() -> None:
    both = teachers(precedent(elsewhere, "unlike"), precedent(bowl, "alike"))
    X, t = known(bowl, 12)
    before, after = both.expectation(X[:0], t[:0]), both.expectation(X, t)
    assert before.weights.tolist() == [0.5, 0.5]
    assert after.weights[0] < 0.25 < 0.7 < after.weights[1]
    assert after.trust > 0.8
    assert after.record().startswith("unlike 0")


def test_the_scale_and_the_unit_of_the_other_study_do_not_matter() -> None:
    X, t = known(bowl, 10)
    plain = teachers(precedent(bowl)).expectation(X, t)
    other = teachers(precedent(lambda c: 1e6 * bowl(c) - 3e7)).expectation(X, t)
    Z = teachers(precedent(bowl)).all[0].posterior.embedding.embed(known(bowl, 30, 5)[0])
    np.testing.assert_allclose(plain.at(Z), other.at(Z), rtol=1e-4, atol=1e-4)


def test_parameters_are_matched_by_name_and_numbers_keep_their_distance() -> None:
    encoding = HpProblem(
        {"lr": (1e-4, 1e-1, "log-uniform"), "n": (1, 10), "kind": ["a", "b"], "new": (0.0, 1.0)}
    ).encoding
    there = [
        {"lr": 1e-4, "n": 1, "kind": "a", "gone": 3},
        {"lr": 1e-5, "n": 12, "kind": "z", "gone": 4},
        {"lr": 0.0, "n": "many", "kind": "b"},
        {"lr": 1e9, "n": -100, "kind": 1},
    ]
    order = [encoding.columns.names.index(name) for name in ("lr", "n", "kind", "new")]
    X = encoding.place(there)[:, order]
    np.testing.assert_allclose(X[0, :3], encoding.encode([{"lr": 1e-4, "n": 1, "kind": "a", "new": 0.5}])[0, order[:3]])
    assert X[1, 0] == pytest.approx(-1 / 3)
    assert X[1, 1] == pytest.approx(1.15)
    assert np.isnan(X[2, :2]).all()
    assert X[3, :2].tolist() == [2.0, -1.0]
    assert X[:, 2].tolist()[::2] == [0.0, 1.0]
    assert np.isnan(X[1::2, 2]).all()
    assert np.isnan(X[:, 3]).all()


def test_a_parameter_that_the_other_study_lacked_does_not_change_what_it_says() -> None:
    narrower = {"x": (0.1, 0.6), "y": (0.0, 1.0), "kind": ["b", "c", "d"], "other": (0, 5)}
    one = precedent(lambda c: (c["x"] - 0.2) ** 2 + (c["y"] - 0.7) ** 2 + (c["kind"] != "b"), space=narrower)
    assert sorted(one.shared(SPACE)) == ["kind", "x", "y"]
    [teacher] = teachers(one).all
    encoding = HpProblem(SPACE).encoding
    X = encoding.sample(20, np.random.default_rng(0))
    moved, z = X.copy(), encoding.columns.names.index("z")
    moved[:, z] = 1.0 - X[:, z]
    embedding = teacher.posterior.embedding
    np.testing.assert_allclose(teacher.at(embedding.embed(X)), teacher.at(embedding.embed(moved)), atol=1e-4)
    assert np.ptp(teacher.at(embedding.embed(X))) > 0.5


def test_the_gradient_of_a_prediction_with_an_expectation_agrees_with_finite_differences() -> None:
    X, t = known(bowl, 20)
    expectation = teachers(precedent(elsewhere, "one"), precedent(bowl, "other")).expectation(X, t)
    model = teachers(precedent(bowl)).all[0].posterior
    posterior = Posterior.given(model.embedding, model.hyperparameters, X, t, expectation).believing(X[:2] * 0.9)
    s = posterior.scale(X[:1] * 0.8)[0]
    mean, _, slope, _ = posterior.predict_with_gradient(s)
    steps = 1e-5 * np.eye(len(s))
    numeric = (posterior.predict_scaled(s + steps)[0] - posterior.predict_scaled(s - steps)[0]) / 2e-5
    assert mean == pytest.approx(float(posterior.predict_scaled(s[None])[0][0]))
    assert np.abs(slope).max() > 0.05
    np.testing.assert_allclose(slope, numeric, rtol=1e-4, atol=1e-6)


def test_a_posterior_with_an_expectation_is_that_of_the_residuals_plus_the_expectation() -> None:
    X, t = known(bowl, 25)
    expectation = teachers(precedent(elsewhere)).expectation(X[:0], t[:0])
    model = teachers(precedent(bowl)).all[0].posterior
    embedding, h = model.embedding, model.hyperparameters
    at, _ = known(bowl, 15, 9)
    rest = t - expectation.at(embedding.embed(X))
    assert np.ptp(rest - t) > 0.1
    whole, residual = Posterior.given(embedding, h, X, t, expectation), Posterior.given(embedding, h, X, rest)
    again = Posterior.given(embedding, h, X, np.zeros(25)).with_outputs(t, expectation)
    for one in (whole, again):
        mean, variance = one.predict(at)
        np.testing.assert_allclose(mean, residual.predict(at)[0] + expectation.at(embedding.embed(at)), atol=1e-9)
        np.testing.assert_allclose(variance, residual.predict(at)[1])
        np.testing.assert_allclose(one.at_observed(), one.predict(X)[0], atol=1e-6)
        np.testing.assert_allclose(one.leave_one_out()[0] - t, residual.leave_one_out()[0] - rest, atol=1e-9)


def test_what_was_learned_is_in_the_record() -> None:
    problem = HpProblem(SPACE)
    history, sampler = folded(problem, []), Auto(precedents=[precedent(bowl, "runs/first")])
    for number in range(8):
        [suggestion] = sampler.suggest(history, 1, np.random.default_rng(number))
        history.extend([started(number, suggestion), *outcome(number, State.COMPLETE, (bowl(suggestion.config),))])
    proposers = [trial.why["proposer"] for trial in history]
    assert proposers[:5] == ["precedent", "design", "precedent", "design", "precedent"]
    assert all(p.startswith("gp-") for p in proposers[5:])
    assert all(t.why["learned"].startswith("runs/first ") for t in history if t.why["proposer"] != "design")


def test_a_study_that_cannot_teach_anything_is_refused_in_one_line() -> None:
    problem = HpProblem(SPACE)
    strange = Precedent.of(measured(HpProblem({"q": (0.0, 1.0)}), lambda c: c["q"]), "strange")
    with pytest.raises(InvalidInput, match=r"'strange' teaches nothing here: it has no parameter in common"):
        Auto(precedents=[strange]).suggest(folded(problem, []), 1, np.random.default_rng(0))
    named = Precedent("named", precedent(bowl).configs, {"accuracy": np.zeros(60)})
    with pytest.raises(InvalidInput, match=r"its metrics are \['accuracy'\], here \['loss0'\]"):
        Auto(precedents=[named]).suggest(folded(problem, []), 1, np.random.default_rng(0))


def test_with_more_metrics_than_can_be_learned_of_other_studies_are_refused_in_one_line() -> None:
    history = folded(HpProblem(SPACE), [], metrics=4)
    with pytest.raises(InvalidInput, match="up to 3 metrics, got 4"):
        Auto(precedents=[precedent(bowl)]).suggest(history, 1, np.random.default_rng(0))


@pytest.mark.parametrize("loss", [lambda c: 1.0, lambda c: float("nan")])
def test_a_study_without_information_changes_nothing(loss: Any) -> None:
    problem = HpProblem(SPACE)
    history = measured(problem, bowl, 20)
    empty = Precedent("empty", precedent(bowl).configs, {"loss0": np.array([loss({})] * 60)})
    one, other = (s.suggest(history, 3, np.random.default_rng(5)) for s in (Auto(precedents=[empty]), Auto()))
    assert [dict(s.config) for s in one] == [dict(s.config) for s in other]


class _Any(Auto):
    """Has learned from a random study of whatever space it is asked for."""

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        events = random_events(history.problem, 30, np.random.default_rng(3), len(history.metrics))
        other = folded(history.problem, events, len(history.metrics))
        self.precedents = (Precedent.of(other, "random"),)
        return super().suggest(history, count, rng)


class TestAutoWithPrecedents(SamplerLaws):
    steps = 24

    @pytest.fixture
    def make(self) -> MakeSampler:
        return _Any


@pytest.mark.parametrize("kind", PROBLEMS)
def test_precedents_are_placed_in_every_kind_of_space(kind: str) -> None:
    problem = PROBLEMS[kind]()
    history = folded(problem, random_events(problem, 30, np.random.default_rng(0)))
    X, y = Precedent.of(history, "earlier").known(problem.encoding, "loss0")
    assert len(X) == len(y) > 0
    np.testing.assert_allclose(X, problem.encoding.encode(problem.encoding.decode(X)), atol=1e-9)


def test_a_study_of_two_losses_is_a_head_start_for_both() -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0), "z": (0.0, 1.0), "kind": ["a", "b", "c"]})

    def losses(config: Mapping[str, Any]) -> tuple[float, float]:
        off = (config["y"] - 0.4) ** 2 + (config["z"] - 0.8) ** 2 + 0.5 * (config["kind"] != "b")
        return config["x"] ** 2 + off, (config["x"] - 1.0) ** 2 + off

    def searched(sampler: Auto, n: int, seed: int) -> History:
        history = folded(problem, [], 2)
        for number in range(n):
            [suggestion] = sampler.suggest(history, 1, np.random.default_rng([seed, number]))
            history.extend([started(number, suggestion), *outcome(number, State.COMPLETE, losses(suggestion.config))])
        return history

    earlier = Precedent.of(searched(Auto(), 60, 99), "earlier")
    covered = {
        learned: np.mean(
            [
                hypervolume(np.array(searched(Auto(precedents=learned), 12, s).losses), np.ones(2) * 1.1)
                for s in range(4)
            ]
        )
        for learned in ((), (earlier,))
    }
    assert covered[(earlier,)] > 0.85 * (1.21 - 1 / 6)
    assert covered[(earlier,)] > 1.3 * covered[()]
