from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.columns import Array
from hypersonde.errors import NothingToSuggest
from hypersonde.models.hypervolume import hypervolume
from hypersonde.models.improvement import Boxes
from hypersonde.problem import HpProblem
from hypersonde.samplers import Random
from hypersonde.samplers.auto import Auto
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.testing.histories import folded, outcome, random_events, search, started
from hypersonde.testing.problems import PROBLEMS
from hypersonde.testing.samplers import MakeSampler, SamplerLaws, assert_new
from hypersonde.trials import History, State


def bowl(config: Mapping[str, Any]) -> float:
    return float((config["x"] - 0.2) ** 2 + (config["y"] - 0.7) ** 2)


PLANE = {"x": (0.0, 1.0), "y": (0.0, 1.0)}


def asked(history: History, count: int, seed: int = 0) -> list[dict[str, Any]]:
    return [dict(s.config) for s in Auto().suggest(history, count, np.random.default_rng(seed))]


@pytest.mark.parametrize("metrics", [1, 2, 3, 4])
@pytest.mark.parametrize("kind", PROBLEMS)
def test_suggestions_are_legal_new_and_different_in_every_kind_of_space(kind: str, metrics: int) -> None:
    problem = PROBLEMS[kind]()
    most = 4 if kind == "tiny" else 40
    history = folded(problem, random_events(problem, most, np.random.default_rng(0), metrics), metrics)
    suggestions = Auto().suggest(history, 7, np.random.default_rng(0))
    for suggestion in suggestions:
        assert problem.encoding.complaint(dict(suggestion.config)) is None
    assert_new(suggestions, history)


@pytest.mark.parametrize("metrics", [1, 2, 3, 4])
def test_a_sampler_that_followed_the_search_answers_like_a_fresh_one(metrics: int) -> None:
    problem = PROBLEMS["mixed"]()
    events = random_events(problem, 60, np.random.default_rng(1), metrics)
    history, followed = folded(problem, [], metrics), Auto()
    for event in events:
        history.extend([event])
        if history.finished % 7 == 0 and len(history):
            followed.suggest(history, 1, np.random.default_rng(history.finished))
    one, other = (s.suggest(history, 6, np.random.default_rng(5)) for s in (followed, Auto()))
    assert [dict(s.config) for s in one] == [dict(s.config) for s in other]
    assert [dict(s.why) for s in one] == [dict(s.why) for s in other]


def test_a_smooth_bowl_is_solved_in_thirty_evaluations() -> None:
    for workers in (1, 4):
        assert min(search(Auto(), HpProblem(PLANE), bowl, 30, workers=workers)) < 1e-4


def test_categories_and_conditions_are_solved_in_sixty_evaluations() -> None:
    def loss(config: Mapping[str, Any]) -> float:
        if config["optimizer"] == "sgd":
            return 1.0 + abs(config["momentum"] - 0.5)
        bad = abs(config["beta"] - 0.9)
        return bad + (0.02 * abs(config["restarts"] - 3) if config["schedule"] == "cosine" else 0.3)

    assert min(search(Auto(), PROBLEMS["conditional"](), loss, 60, workers=2)) < 0.02


def test_losses_in_other_units_lead_to_the_same_search() -> None:
    plain = search(Auto(), HpProblem(PLANE), bowl, 25)
    scaled = search(Auto(), HpProblem(PLANE), lambda c: 1e4 * bowl(c) + 5.0, 25)
    np.testing.assert_allclose((np.array(scaled) - 5.0) / 1e4, plain, rtol=1e-3, atol=1e-5)


def test_a_thousand_asked_at_once_are_different_and_spread() -> None:
    problem = HpProblem({f"x{i}": (0.0, 1.0) for i in range(4)})
    history = folded(problem, random_events(problem, 60, np.random.default_rng(2)))
    X = problem.encoding.encode(asked(history, 1000))
    assert len(np.unique(X, axis=0)) == 1000
    distance = np.sqrt(((X[:, None] - X[None]) ** 2).sum(axis=2)) + 9.0 * np.eye(1000)
    assert np.median(distance.min(axis=1)) > 0.02


def test_regions_where_trials_fail_are_left() -> None:
    problem = HpProblem(PLANE)
    history, sampler, failed = folded(problem, []), Auto(), []
    for number in range(50):
        [suggestion] = sampler.suggest(history, 1, np.random.default_rng([3, number]))
        bad = suggestion.config["x"] < 0.1 or suggestion.config["y"] < 0.5
        failed.append(bad)
        state = State.FAILED if bad else State.COMPLETE
        history.extend([started(number, suggestion), *outcome(number, state, (bowl(suggestion.config),))])
    assert np.mean(failed[20:]) < 0.4, "drawn at random, 55 % would fail"


def test_a_study_where_everything_fails_goes_on() -> None:
    problem = HpProblem(PLANE)
    history = folded(problem, [])
    for number in range(20):
        [suggestion] = Auto().suggest(history, 1, np.random.default_rng(number))
        history.extend([started(number, suggestion), *outcome(number, State.FAILED, (0.0,))])
    assert len(history) == 20


@pytest.mark.parametrize("seed", range(12))
def test_one_search_walks_one_sequence_however_its_points_are_asked_for(seed: int) -> None:
    problem = HpProblem({"x": (0.0, 3.0), "lr": (1e-5, 1e-1, "log-uniform"), "n": (1, 90)})
    at_once = [s.config for s in Auto().suggest(folded(problem, []), 4, np.random.default_rng(seed))]
    history, sampler = folded(problem, []), Auto()
    history.extend([started(0, sampler.suggest(history, 1, np.random.default_rng(seed))[0])])
    later = sampler.suggest(history, 3, np.random.default_rng(99))
    assert at_once == [history[0].config, *(s.config for s in later)]


def test_a_small_space_is_tried_out_to_the_last_configuration() -> None:
    problem = PROBLEMS["tiny"]()
    encoding = problem.encoding
    problem_size = len(set(encoding.keys(encoding.sample(500, np.random.default_rng(0)))))
    history = folded(problem, [])
    for number in range(problem_size - 2):
        [suggestion] = Auto().suggest(history, 1, np.random.default_rng(number))
        history.extend([started(number, suggestion), *outcome(number, State.COMPLETE, (float(number % 4),))])
    assert len(asked(history, 5)) == 2
    while len(history) < problem_size:
        [suggestion] = Auto().suggest(history, 1, np.random.default_rng(len(history)))
        history.extend([started(len(history), suggestion)])
    with pytest.raises(NothingToSuggest):
        asked(history, 1)


def test_more_trials_than_a_model_can_hold_are_no_hindrance() -> None:
    problem = HpProblem({**PLANE, "z": (0.0, 1.0)})
    rng = np.random.default_rng(4)
    configs = problem.encoding.decode(problem.encoding.sample(2000, rng))
    history = folded(problem, [])
    for number, config in enumerate(configs):
        history.extend(
            [started(number, Suggestion(config)), *outcome(number, State.COMPLETE, (bowl(config) + config["z"] ** 2,))]
        )
    chosen = asked(history, 3, seed=9)
    assert min(bowl(c) + c["z"] ** 2 for c in chosen) < 0.01


def test_a_suggestion_says_what_it_expects() -> None:
    problem = HpProblem(PLANE)
    history = folded(problem, [])
    search_rng = np.random.default_rng(6)
    for number, config in enumerate(problem.encoding.decode(problem.encoding.sample(20, search_rng))):
        history.extend([started(number, Suggestion(config)), *outcome(number, State.COMPLETE, (bowl(config),))])
    [suggestion] = Auto().suggest(history, 1, np.random.default_rng(0))
    assert suggestion.why["proposer"].startswith("gp-")
    assert suggestion.why["distance"] > 0.0
    assert abs(suggestion.why["predicted"] - bowl(suggestion.config)) < 5 * suggestion.why["deviation"] + 0.05


def test_two_objectives_are_traded_off_better_than_at_random() -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0), "z": (0.0, 1.0)})

    def losses(config: Mapping[str, Any]) -> tuple[float, float]:
        off = 3 * abs(config["y"] - 0.4) + (config["z"] - 0.8) ** 2
        return config["x"] ** 2 + off, (config["x"] - 1.0) ** 2 + off

    covered = []
    for sampler in (Auto(), Random()):
        history = folded(problem, [], 2)
        for number in range(50):
            [suggestion] = sampler.suggest(history, 1, np.random.default_rng([7, number]))
            history.extend([started(number, suggestion), *outcome(number, State.COMPLETE, losses(suggestion.config))])
        covered.append(hypervolume(np.array(history.losses), np.array([2.0, 2.0])))
    assert covered[0] > covered[1] + 0.5


@pytest.mark.parametrize("seed", range(2))
def test_metrics_that_never_change_do_not_hide_the_one_that_does(seed: int) -> None:
    problem = HpProblem({f"x{i}": (0.0, 1.0) for i in range(4)})
    history = folded(problem, [], 4)
    for number in range(40):
        [suggestion] = Auto().suggest(history, 1, np.random.default_rng([seed, number]))
        loss = sum((x - 0.3) ** 2 for x in suggestion.config.values())
        history.extend([started(number, suggestion), *outcome(number, State.COMPLETE, (loss, 1.0, 1.0, 1.0))])
    assert history.losses[:, 0].min() < 0.008


@pytest.mark.parametrize("huge", [1e6, 1e30, 1e300])
def test_a_diverged_trial_does_not_hide_the_front_of_two_losses(huge: float) -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0), "z": (0.0, 1.0)})
    history = folded(problem, [], 2)
    for number in range(40):
        [suggestion] = Auto().suggest(history, 1, np.random.default_rng([4, number]))
        x = np.array(list(suggestion.config.values()))
        losses = (huge, huge) if number == 5 else (float(((x - 0.2) ** 2).sum()), float(((x - 0.8) ** 2).sum()))
        history.extend([started(number, suggestion), *outcome(number, State.COMPLETE, losses)])
    assert hypervolume(np.array(history.losses), np.array([1.5, 1.5])) > 1.94


def front_after(sampler: Any, n: int, workers: int, fails: float = 0.0) -> History:
    """A search of a bowl for two losses, whose best compromises lie on a line; fails where z > 1 - fails."""
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0), "z": (0.0, 1.0)})
    history = folded(problem, [], 2)
    for number in range(n):
        [suggestion] = sampler.suggest(history, 1, np.random.default_rng([3, number]))
        history.extend([started(number, suggestion)])
        for done in history.running[: max(0, len(history.running) - workers + 1)]:
            c = history[done].config
            off = (c["y"] - 0.4) ** 2 + (c["z"] - 0.8) ** 2
            state = State.FAILED if c["z"] > 1.0 - fails else State.COMPLETE
            history.extend(outcome(done, state, (c["x"] ** 2 + off, (c["x"] - 1.0) ** 2 + off)))
    return history


@pytest.mark.parametrize("workers", [1, 8])
def test_the_front_of_two_losses_is_nearly_complete_after_sixty_evaluations(workers: int) -> None:
    history = front_after(Auto(), 60, workers)
    assert hypervolume(np.array(history.losses), np.array([1.1, 1.1])) > 0.97 * (1.21 - 1 / 6)
    assert {t.why["proposer"] for t in history} >= {"design", "gp-hvi"}


def test_with_several_losses_too_it_learns_where_trials_fail() -> None:
    history = front_after(Auto(), 60, 1, fails=0.3)
    late = history.status[30:]
    assert np.mean(late == State.FAILED) < 0.15 < np.mean(history.status[:16] == State.FAILED)


def test_a_suggestion_for_several_losses_says_what_it_expects_of_each() -> None:
    history = front_after(Auto(), 40, 1)
    told = [t for t in history[20:39] if t.why["proposer"] == "gp-hvi"]
    assert told
    for trial in told:
        for value, name in zip(trial.values, ("", " loss1"), strict=True):
            expected, deviation = trial.why[f"predicted{name}"], trial.why[f"deviation{name}"]
            assert abs(value - expected) < 6 * deviation + 0.05


def test_two_hundred_asked_at_once_for_two_losses_are_spread_along_the_front() -> None:
    history = front_after(Auto(), 40, 1)
    suggested = Auto().suggest(history, 200, np.random.default_rng(0))
    X = history.problem.encoding.encode([s.config for s in suggested])
    assert len(set(history.problem.encoding.keys(X))) == 200
    by_gain = X[[s.why["proposer"] == "gp-hvi" for s in suggested], 0]
    assert len(by_gain) > 100
    assert np.histogram(by_gain, 5, (0.0, 1.0))[0].min() >= 3


def test_every_one_of_a_batch_for_two_losses_is_chosen_beside_all_that_is_pending(monkeypatch) -> None:
    history, around, seen = front_after(Auto(), 30, 1), Boxes.around, []
    pending = Auto().suggest(history, 16, np.random.default_rng(1))
    history.extend([started(30 + i, suggestion) for i, suggestion in enumerate(pending)])

    def watched(points: Array, reference: Array) -> Boxes:
        seen.append(len(points))
        return around(points, reference)

    monkeypatch.setattr(Boxes, "around", watched)
    Auto().suggest(history, 16, np.random.default_rng(2))
    assert min(seen) >= 30 + 16


@pytest.mark.parametrize("metrics", [1, 2])
def test_a_thousand_asked_at_once_of_a_stalled_search_are_a_thousand_different_ones(metrics: int) -> None:
    problem = HpProblem({**{f"x{i}": (0.0, 1.0) for i in range(6)}, "kind": ["a", "b", "c"]})
    history = folded(problem, [], metrics)
    for number, config in enumerate(problem.encoding.decode(problem.encoding.sample(120, np.random.default_rng(0)))):
        losses = tuple(sum((config[f"x{i}"] - 0.1 * (i + j)) ** 2 for i in range(6)) for j in range(metrics))
        history.extend([started(number, Suggestion(config)), *outcome(number, State.COMPLETE, losses)])
    configs = asked(history, 1000)
    assert len(set(problem.encoding.keys(problem.encoding.encode(configs)))) == len(configs) == 1000


@pytest.mark.parametrize("metrics", [1, 2, 4])
def test_with_ten_thousand_pending_trials_suggestions_are_new_and_legal(metrics: int) -> None:
    problem = HpProblem({**PLANE, "z": (0.0, 1.0), "kind": ["a", "b", "c"]})
    configs = problem.encoding.decode(problem.encoding.sample(10_050, np.random.default_rng(0)))
    history = folded(problem, [started(number, Suggestion(config)) for number, config in enumerate(configs)], metrics)
    for number, config in enumerate(configs[:50]):
        history.extend(outcome(number, State.COMPLETE, tuple(bowl(config) + j * config["z"] for j in range(metrics))))
    X = problem.encoding.encode(asked(history, 20))
    assert len(set(problem.encoding.keys(X))) == 20
    assert not history.knows(X).any()
    assert problem.encoding.allowed(X).all()


SETTINGS: dict[str, MakeSampler] = {
    "as it is": Auto,
    "beyond the sizes where the model holds everything": lambda: Auto(initial=3, budget=Budget(8, 10)),
}


class TestAuto(SamplerLaws):
    steps = 30

    @pytest.fixture(params=SETTINGS)
    def make(self, request: pytest.FixtureRequest) -> MakeSampler:
        return SETTINGS[request.param]
