"""What is said of a trial and of a study is what its history says."""

from __future__ import annotations

import numpy as np
import pytest
from ConfigSpace import Categorical, ConfigurationSpace, EqualsCondition, Float

from hypersonde import HpProblem
from hypersonde.failure import Failure
from hypersonde.models.gp import Embedding, Posterior, Prior, most_plausible
from hypersonde.models.outputs import Warp
from hypersonde.study.explanation import (
    explain_choice,
    failure_kinds,
    model_quality,
    proposers,
    recorded_agreement,
)
from hypersonde.trials import Finished, History, Metric, Started, State

MINIMIZE = Metric("loss", "minimize")


def history(*metrics, space=None):
    return History(HpProblem(space or {"x": (0.0, 1.0), "y": (0.0, 1.0)}), metrics or [MINIMIZE])


def start(made, config, time, origin="random", **why):
    number = len(made)
    made.extend([Started(number, float(time), config, origin, why)])
    return number


def finish(made, number, time, *values, failure=None):
    state = State.COMPLETE if failure is None else State.FAILED
    made.extend([Finished(number, float(time), state, values, failure=failure)])


def bowl(count, noise=0.0, metrics=(MINIMIZE,), seed=0):
    """A study of a bowl in x, which y has nothing to do with."""
    made, rng = history(*metrics), np.random.default_rng(seed)
    for i in range(count):
        x, y = rng.random(2).tolist()
        value = (x - 0.3) ** 2 + noise * float(rng.normal())
        finish(made, start(made, {"x": x, "y": y}, 2 * i), 2 * i + 1, *[m.sign * value for m in metrics])
    return made


# -- one trial -----------------------------------------------------------------------------------------


def test_only_what_had_finished_when_a_trial_was_chosen_counts_as_known():
    made = history()
    for x, time in ((0.0, 0), (0.5, 1), (1.0, 2)):
        start(made, {"x": x, "y": 0.0}, time)
    finish(made, 0, 3, 5.0)
    start(made, {"x": 0.6, "y": 0.0}, 4)
    finish(made, 1, 5, 1.0)
    finish(made, 3, 6, 2.0)
    choice = explain_choice(made, 3)
    assert (choice.known, choice.pending) == (1, 2)
    assert choice.nearest.trial.number == choice.incumbent.number == 0
    assert choice.nearest.distance == pytest.approx(0.6)
    assert choice.nearest.typical == pytest.approx(np.sqrt(1 / 3))
    assert [(d.name, d.here, d.incumbent) for d in choice.differences] == [("x", 0.6, 0.0)]
    assert (choice.rank_then.place, choice.rank_then.count) == (2, 3)


def test_a_failure_is_a_known_place_but_never_the_incumbent():
    made = history()
    finish(made, start(made, {"x": 0.1, "y": 0.0}, 0), 1, failure=Failure("Boom", "no"))
    start(made, {"x": 0.2, "y": 0.0}, 2)
    choice = explain_choice(made, 1)
    assert choice.nearest.trial.number == 0
    assert choice.incumbent is None
    assert choice.differences == ()
    assert choice.rank_then is choice.rank_now is None


def test_the_first_trial_of_all_has_nothing_before_it():
    choice = explain_choice(bowl(1), 0)
    assert (choice.known, choice.pending, choice.nearest, choice.incumbent) == (0, 0, None, None)
    assert choice.rank_now.place == 1


def test_the_direction_decides_who_leads():
    made = bowl(12, metrics=[Metric("gain", "maximize")])
    assert explain_choice(made, made.best.number).rank_now.place == 1
    assert explain_choice(made, 11).incumbent.value == max(t.value for t in made[:11])


def test_with_several_metrics_the_rank_counts_who_dominates():
    made = history(MINIMIZE, Metric("size", "minimize"))
    for i, values in enumerate([(1.0, 3.0), (3.0, 1.0), (4.0, 4.0)]):
        finish(made, start(made, {"x": i / 2, "y": 0.0}, 2 * i), 2 * i + 1, *values)
    assert [explain_choice(made, i).rank_now.place for i in range(3)] == [1, 1, 3]


def test_with_several_metrics_it_is_compared_with_the_nearest_that_none_dominates():
    made = history(MINIMIZE, Metric("size", "minimize"))
    for i, values in enumerate([(1.0, 3.0), (3.0, 1.0), (4.0, 4.0)]):
        finish(made, start(made, {"x": i / 4, "y": 0.0}, 2 * i), 2 * i + 1, *values)
    for x in (1.0, 0.0):
        start(made, {"x": x, "y": 0.0}, 6)
    choice = explain_choice(made, 3)
    assert (choice.nearest.trial.number, choice.incumbent.number) == (2, 1)
    assert explain_choice(made, 4).incumbent.number == 0


def test_an_inactive_parameter_is_a_difference():
    space = ConfigurationSpace()
    kind, rate = Categorical("kind", ["a", "b"]), Float("rate", (0.0, 1.0))
    space.add(kind, rate, EqualsCondition(rate, kind, "a"))
    made = history(space=space)
    finish(made, start(made, {"kind": "a", "rate": 0.5}, 0), 1, 1.0)
    start(made, {"kind": "b"}, 2)
    choice = explain_choice(made, 1)
    assert [(d.name, d.here, d.incumbent) for d in choice.differences] == [
        ("kind", "b", "a"),
        ("rate", "(inactive)", 0.5),
    ]
    assert choice.nearest.distance == pytest.approx(1.0)


@pytest.mark.parametrize("why", [{}, {"predicted": 1.0}, {"predicted": 1.0, "deviation": 0.0}, {"predicted": "x"}])
def test_a_record_without_a_whole_prediction_has_none(why):
    made = history()
    start(made, {"x": 0.1, "y": 0.0}, 0, **why)
    assert explain_choice(made, 0).prediction is None


def test_the_residual_is_measured_in_predicted_deviations():
    made = history()
    finish(made, start(made, {"x": 0.1, "y": 0.0}, 0, predicted=1.0, deviation=0.5), 1, 2.0)
    assert explain_choice(made, 0).prediction.off == pytest.approx(2.0)


# -- the study -----------------------------------------------------------------------------------------


def test_a_model_finds_the_parameter_that_matters_and_predicts_what_it_has_not_seen():
    quality = model_quality(bowl(30))
    assert [p.name for p in quality.parameters] == ["x", "y"]
    assert quality.parameters[0].effect > 0.9
    assert quality.parameters[1].effect < 0.1
    assert quality.agreement.r_squared > 0.9
    assert (quality.used, quality.values) == (30, 30)


def test_noise_alone_cannot_be_predicted_and_calibration_says_so():
    made, rng = history(), np.random.default_rng(1)
    for i in range(40):
        x, y = rng.random(2).tolist()
        finish(made, start(made, {"x": x, "y": y}, 2 * i), 2 * i + 1, float(rng.normal()))
    quality = model_quality(made)
    assert quality.agreement.r_squared < 0.3
    assert {c.verdict for c in quality.agreement.coverage} == {"plausible"}


def test_leaving_out_in_closed_form_is_leaving_out_one_by_one():
    made = bowl(12, noise=0.02)
    quality = model_quality(made)
    embedding = Embedding.of(made.problem.encoding.columns)
    _, t = Warp.of(made.losses[:, 0])
    h = most_plausible(embedding, embedding.embed(made.X), t, Prior())
    z = []
    for i in range(12):
        rest = np.delete(np.arange(12), i)
        mean, variance = Posterior.given(embedding, h, made.X[rest], t[rest]).predict(made.X[[i]])
        z.append((t[i] - mean[0]) / np.sqrt(variance[0] + h.noise))
    assert quality.agreement.spread == pytest.approx(np.sqrt(np.mean(np.square(z))), rel=1e-3)
    assert quality.agreement.bias == pytest.approx(np.mean(z), abs=1e-3)


def test_a_model_that_has_to_be_fitted_without_them_predicts_its_points_less_well():
    quality = model_quality(bowl(15, noise=0.05))
    assert quality.refitted.count == 15
    assert quality.refitted.r_squared < quality.agreement.r_squared
    assert model_quality(bowl(30)).refitted.r_squared > 0.9


def test_a_value_that_fits_nothing_is_named():
    made = bowl(40)
    finish(made, start(made, {"x": 0.3, "y": 0.5}, 200), 201, 0.4)
    surprises = model_quality(made).surprises
    assert surprises
    assert surprises[0].number == 40
    assert surprises[0].off > 3.0


def test_the_direction_of_a_metric_changes_nothing_but_its_sign():
    down, up = (model_quality(bowl(15, 0.01, [Metric("m", way)])) for way in ("minimize", "maximize"))
    assert down.agreement == up.agreement
    np.testing.assert_allclose(down.noise_at(np.array([0.1])), up.noise_at(np.array([-0.1])))


@pytest.mark.parametrize("made", [bowl(9), history()], ids=["nine values", "none"])
def test_too_little_data_gives_no_model(made):
    assert model_quality(made) is None


def test_equal_values_give_no_model():
    made = history()
    for i in range(12):
        finish(made, start(made, {"x": i / 12, "y": 0.5}, 2 * i), 2 * i + 1, 1.0)
    assert model_quality(made) is None


def test_recorded_predictions_are_judged_by_what_came_of_them_and_noise_widens_them():
    made, rng = history(), np.random.default_rng(3)
    for i in range(200):
        why = {"predicted": float(i), "deviation": 1.0}
        number = start(made, {"x": i / 200, "y": 0.5}, 2 * i, **why)
        finish(made, number, 2 * i + 1, i + 2.0 * float(rng.normal()))
    start(made, {"x": 0.5, "y": 0.1}, 500, predicted=1.0, deviation=1.0)
    alone = recorded_agreement(made)
    assert alone.count == 200
    assert {c.verdict for c in alone.coverage} == {"too narrow"}
    noisy = recorded_agreement(made, lambda values: np.full(len(values), np.sqrt(3.0)))
    assert {c.verdict for c in noisy.coverage} == {"plausible"}
    assert recorded_agreement(bowl(3)) is None


@pytest.mark.parametrize("way", ["minimize", "maximize"])
def test_a_disappointment_is_a_positive_residual_in_both_directions(way):
    metric = Metric("m", way)
    made = history(metric)
    finish(made, start(made, {"x": 0.5, "y": 0.5}, 0, predicted=1.0, deviation=0.5), 1, 1.0 + metric.sign)
    assert recorded_agreement(made).bias == pytest.approx(2.0)


def test_an_improvement_beats_all_that_finished_before():
    made = history()
    for i, (who, value) in enumerate([("a", 5.0), ("b", 3.0), ("a", 4.0), ("a", 2.5), ("b", 2.5)]):
        finish(made, start(made, {"x": i / 5, "y": 0.0}, 2 * i, "auto", proposer=who), 2 * i + 1, value)
    finish(made, start(made, {"x": 1.0, "y": 0.0}, 20, "random"), 21, failure=Failure("Boom", "no"))
    found = {p.name: p for p in proposers(made)}
    assert list(found) == ["a", "b", "random"]
    assert (found["a"].suggested, found["a"].improved, found["a"].gain) == (3, 1, 0.5)
    assert (found["b"].suggested, found["b"].improved, found["b"].gain) == (2, 1, 2.0)
    assert (found["random"].failed, found["random"].complete, found["random"].improved) == (1, 0, 0)


def test_with_several_metrics_joining_the_front_is_an_improvement():
    made = history(MINIMIZE, Metric("size", "minimize"))
    for i, values in enumerate([(2.0, 2.0), (1.0, 3.0), (2.0, 3.0), (0.5, 0.5)]):
        finish(made, start(made, {"x": i / 4, "y": 0.0}, 2 * i), 2 * i + 1, *values)
    (found,) = proposers(made)
    assert found.improved == 2
    assert np.isnan(found.gain)


def test_failures_are_counted_by_kind_the_commonest_first():
    made = history()
    for i, kind in enumerate(["TimeLimit", "ValueError", "ValueError"]):
        finish(made, start(made, {"x": i / 3, "y": 0.0}, 2 * i), 2 * i + 1, failure=Failure(kind, f"number {i}"))
    assert [(k.kind, k.count, k.example.number) for k in failure_kinds(made)] == [
        ("ValueError", 2, 2),
        ("TimeLimit", 1, 0),
    ]
