"""AMBS: defaults and words of its users, lies, failures, and what it costs to be resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from hypersonde.columns import Array, Columns
from hypersonde.errors import InvalidInput
from hypersonde.models.gp import GaussianProcess
from hypersonde.problem import HpProblem
from hypersonde.samplers import AMBS, Suggestion
from hypersonde.samplers.ambs import LCB, cl_max, cl_mean, cl_min
from hypersonde.samplers.ambs.belief import Beliefs
from hypersonde.samplers.lessons import Lessons
from hypersonde.testing.histories import folded, outcome, random_events, search, started
from hypersonde.testing.problems import PROBLEMS
from hypersonde.trials import Event, History, Metric, State


@dataclass(frozen=True)
class Nearest:
    """A surrogate that only remembers: no `add`, and a tally of its fits."""

    fits: list[int]

    def fit(self, X: Array, y: Array, columns: Columns, rng: np.random.Generator) -> Remembered:
        self.fits.append(len(y))
        return Remembered(np.nan_to_num(X), y)


@dataclass(frozen=True)
class Remembered:
    X: Array
    y: Array

    def predict(self, X: Array) -> tuple[Array, Array]:
        distance = np.abs(np.nan_to_num(X)[:, None] - self.X).sum(axis=2)
        return self.y[np.argmin(distance, axis=1)], distance.min(axis=1)


def bowl(n: int, seed: int = 0) -> list[Event]:
    """n results of (x - 0.3)^2 on the unit interval."""
    events: list[Event] = []
    for i, x in enumerate(np.random.default_rng(seed).random(n)):
        events += [started(i, Suggestion({"x": float(x)})), *outcome(i, State.COMPLETE, ((float(x) - 0.3) ** 2,))]
    return events


def first(sampler: AMBS, history: History, count: int = 1) -> list[Suggestion]:
    return sampler.suggest(history, count, np.random.default_rng(0))


def test_lies_are_statements_about_an_objective_that_is_maximised() -> None:
    losses = np.array([-0.9, -0.5, -0.1])
    assert (cl_max(losses), cl_mean(losses), cl_min(losses)) == (-0.9, -0.5, -0.1)


@pytest.mark.parametrize("words", [("gp", "ucb", "CL_MIN"), ("GP", "LCB", "cl_min")])
def test_words_are_read_in_any_case_and_ucb_is_lcb(words: tuple[str, str, str]) -> None:
    surrogate, acquisition, liar = words
    history = folded(PROBLEMS["single"](), bowl(12))
    objects = AMBS(GaussianProcess(), LCB(1.96), liar=cl_min)
    assert first(AMBS(surrogate, acquisition, liar=liar), history, 3)[2].config == first(objects, history, 3)[2].config


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"surrogate": "RG"}, "unknown surrogate 'RG'. Did you mean"),
        ({"acquisition": "IE"}, "unknown acquisition function 'IE'"),
        ({"liar": "cl_mix"}, "unknown liar strategy 'cl_mix'. Did you mean"),
        ({"kappa": -1.0}, "kappa must be at least 0, got -1.0"),
        ({"xi": float("nan")}, "xi must be at least 0, got nan"),
        ({"initial_points": 0}, "initial_points must be at least 1, got 0"),
        ({"elsewhere": 1.5}, "elsewhere is a probability, got 1.5"),
        ({"candidates": 0}, "candidates must be at least 1, got 0"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        AMBS(**settings)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_design_comes_first_until_enough_results_are_there() -> None:
    problem = PROBLEMS["single"]()
    sampler = AMBS("GP", initial_points=5)
    for n, origin in ((0, "design"), (4, "design"), (5, "acquisition"), (9, "acquisition")):
        assert origin in first(sampler, folded(problem, bowl(n)))[0].why


def test_it_finds_the_bottom_of_a_bowl_and_says_what_it_expects() -> None:
    suggestion = first(AMBS("GP", "LCB", kappa=0.0), folded(PROBLEMS["single"](), bowl(20)))[0]
    assert abs(suggestion.config["x"] - 0.3) < 0.05
    assert abs(suggestion.why["predicted"]) < 0.02
    assert suggestion.why["deviation"] > 0


def test_it_maximises_what_is_to_be_maximised() -> None:
    history = History(PROBLEMS["single"](), [Metric("score", "maximize")])
    for i, x in enumerate(np.linspace(0.0, 1.0, 15)):
        history.extend([started(i, Suggestion({"x": float(x)})), *outcome(i, State.COMPLETE, (5.0 - (x - 0.7) ** 2,))])
    suggestion = first(AMBS("GP", "LCB", kappa=0.0), history)[0]
    assert abs(suggestion.config["x"] - 0.7) < 0.05
    assert abs(suggestion.why["predicted"] - 5.0) < 0.05


@pytest.mark.parametrize("liar", ["cl_max", "cl_mean", "cl_min"])
def test_a_pending_trial_counts_for_its_lie_until_its_value_arrives(liar: str) -> None:
    problem, sampler = PROBLEMS["single"](), AMBS("GP", "LCB", liar=liar)
    history = folded(problem, bowl(12))
    alone = first(sampler, history)[0]
    history.extend([started(12, alone)])
    beside = first(sampler, history)[0]
    assert beside.config != alone.config
    history.extend(outcome(12, State.COMPLETE, (100.0,)))
    assert first(sampler, history)[0].config != beside.config


def test_the_pessimistic_lie_keeps_workers_farther_apart_than_the_optimistic_one() -> None:
    history = folded(PROBLEMS["single"](), bowl(12))
    spread = {
        liar: np.std([s.config["x"] for s in first(AMBS("GP", "LCB", liar=liar), history, 6)])
        for liar in ("cl_min", "cl_max")
    }
    assert spread["cl_min"] > spread["cl_max"]


@pytest.mark.parametrize("liar", ["topk", "boltzmann", "qUCB"])
def test_without_lies_the_suggestions_of_a_batch_are_different_and_good(liar: str) -> None:
    history = folded(PROBLEMS["single"](), bowl(12))
    found = [s.config["x"] for s in first(AMBS("GP", "LCB", liar=liar), history, 8)]
    assert len(set(found)) == 8
    assert min(abs(x - 0.3) for x in found) < 0.1


def test_each_strategy_without_lies_spreads_in_its_own_way() -> None:
    history = folded(PROBLEMS["single"](), bowl(12))
    apart = {
        liar: float(np.std([s.config["x"] for s in first(AMBS("GP", "LCB", liar=liar), history, 16)]))
        for liar in ("topk", "boltzmann", "qUCB")
    }
    assert apart["topk"] < apart["qUCB"]
    assert apart["topk"] < apart["boltzmann"]


def test_kappa_is_drawn_for_nothing_but_a_confidence_bound() -> None:
    with pytest.raises(InvalidInput, match="qUCB draws kappa for LCB, got the acquisition function 'EI'"):
        AMBS("GP", "EI", liar="qUCB")
    AMBS("GP", liar="qUCB")


def test_a_region_where_trials_fail_is_left() -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    history = folded(problem, [])
    sampler, failed = AMBS("GP", initial_points=6), []
    for i in range(40):
        suggestion = sampler.suggest(history, 1, np.random.default_rng(i))[0]
        fails = suggestion.config["x"] < 0.5
        failed.append(fails)
        loss = (suggestion.config["x"] - 0.6) ** 2 + (suggestion.config["y"] - 0.5) ** 2
        history.extend([started(i, suggestion), *outcome(i, State.FAILED if fails else State.COMPLETE, (loss,))])
    assert sum(failed[10:]) <= 6
    assert history.best is not None
    assert history.best.value is not None
    assert history.best.value < 0.002


def test_the_dummy_is_random_search_over_the_priors() -> None:
    history = folded(HpProblem({"x": (0.0, 1.0), "rate": (1e-4, 1.0, "log-uniform")}), [])
    for i in range(12):
        history.extend([started(i, Suggestion({"x": 0.0, "rate": 0.5 + i / 100}))])
        history.extend(outcome(i, State.COMPLETE, (float(i),)))
    found = first(AMBS("DUMMY"), history, 300)
    counts = np.histogram([np.log10(s.config["rate"]) for s in found], bins=4, range=(-4.0, 0.0))[0]
    assert counts.min() > 50
    assert abs(np.mean([s.config["x"] for s in found]) - 0.5) < 0.06


def test_fits_are_few_and_the_same_ones_after_a_restart() -> None:
    problem = PROBLEMS["single"]()
    lived, replayed = (AMBS(GaussianProcess()), AMBS(GaussianProcess()))
    history, events = folded(problem, []), bowl(80)
    answers = []
    for i in range(0, len(events), 2):
        history.extend(events[i : i + 2])
        answers.append(first(lived, history)[0])
    assert first(replayed, folded(problem, events))[0] == answers[-1]


def test_a_full_fit_is_due_when_the_data_has_grown_by_a_few_percent() -> None:
    problem, fits = PROBLEMS["single"](), list[int]()
    beliefs, history, events = Beliefs(Counting(fits)), folded(problem, []), bowl(200)
    for i in range(0, len(events), 2):
        history.extend(events[i : i + 2])
        belief = beliefs.of(history, Lessons.of(history), np.random.default_rng(0))
        assert len(belief.t) == len(history)
    assert fits[:20] == list(range(1, 21)) or fits[1:21] == list(range(2, 22))
    assert len([n for n in fits if n > 100]) < 20


@dataclass(frozen=True)
class Counting:
    """A Gaussian process with a tally of its fits."""

    fits: list[int]

    def fit(self, X: Array, y: Array, columns: Columns, rng: np.random.Generator) -> object:
        self.fits.append(len(y))
        return GaussianProcess().fit(X[:5], y[:5], columns, rng).add(X[5:], y[5:])


def test_a_model_that_cannot_add_is_not_fitted_again_for_every_lie() -> None:
    fits: list[int] = []
    history = folded(PROBLEMS["single"](), bowl(12))
    suggestions = first(AMBS(Nearest(fits), "LCB"), history, 4)
    assert len({s.config["x"] for s in suggestions}) == 4
    assert fits == [12]


def test_no_row_with_an_unknown_loss_reaches_a_model() -> None:
    seen: list[Array] = []

    @dataclass(frozen=True)
    class Strict:
        def fit(self, X: Array, y: Array, columns: Columns, rng: np.random.Generator) -> object:
            seen.append(y)
            return GaussianProcess().fit(X, y, columns, rng)

    problem = PROBLEMS["mixed"]()
    first(AMBS(Strict()), folded(problem, random_events(problem, 40, np.random.default_rng(0))))
    assert seen
    assert all(np.isfinite(y).all() for y in seen)


def test_several_metrics_are_traded_off_in_different_ways() -> None:
    problem = PROBLEMS["single"]()
    history = folded(problem, [], metrics=2)
    for i, x in enumerate(np.linspace(0.0, 1.0, 20)):
        values = ((x - 0.2) ** 2, (x - 0.8) ** 2)
        history.extend([started(i, Suggestion({"x": float(x)})), *outcome(i, State.COMPLETE, values)])
    found = [AMBS("GP").suggest(history, 1, np.random.default_rng(i))[0].config["x"] for i in range(12)]
    assert all(0.1 < x < 0.9 for x in found)
    assert max(found) - min(found) > 0.3


def test_a_search_reads_like_this() -> None:
    losses = search(AMBS("GP"), PROBLEMS["single"](), lambda c: (c["x"] - 0.3) ** 2, 25, workers=4)
    assert min(losses) < 1e-4


@pytest.mark.parametrize("surrogate", ["RF", "ET"])
def test_a_search_with_trees_does_not_stay_in_a_wrong_category(surrogate: str) -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0), "n": (1, 8), "kind": ["a", "b", "c", "d"]})
    rise = {"a": 0.03, "b": 0.0, "c": 0.09, "d": 0.06}

    def loss(config: Mapping[str, Any]) -> float:
        away = (config["x"] - 0.3) ** 2 + (config["y"] - 0.6) ** 2 + 0.02 * abs(config["n"] - 4)
        return float(away + rise[config["kind"]])

    best = [min(search(AMBS(surrogate), problem, loss, 60, seed=seed)) for seed in range(10)]
    assert sum(value < 0.03 for value in best) >= 8  # a wrong category has no lower values; 35 of 40 get there


def test_the_dummy_draws_all_categories_alike() -> None:
    history = folded(HpProblem({"kind": ["a", "b"], "x": (0.0, 1.0)}), [])
    for i in range(12):
        history.extend([started(i, Suggestion({"kind": "a", "x": i / 20})), *outcome(i, State.COMPLETE, (float(i),))])
    found = [s.config["kind"] for s in first(AMBS("DUMMY"), history, 400)]
    assert abs(found.count("a") - 200) < 45


@pytest.mark.parametrize("surrogate", ["RF", "ET", "GBRT", "GP", "DUMMY"])
@pytest.mark.parametrize("acquisition", ["LCB", "UCB", "EI", "PI", "gp_hedge"])
@pytest.mark.parametrize("liar", ["cl_min", "cl_mean", "cl_max", "topk", "boltzmann"])
def test_every_mix_of_words_searches_spaces_of_all_kinds(surrogate: str, acquisition: str, liar: str) -> None:
    for kind in ("mixed", "conditional", "forbidden"):
        problem = PROBLEMS[kind]()
        history = folded(problem, random_events(problem, 24, np.random.default_rng(0)))
        one, other = (first(AMBS(surrogate, acquisition, liar=liar, candidates=64), history, 5) for _ in range(2))
        X = problem.encoding.encode([s.config for s in one])
        assert [problem.encoding.complaint(s.config) for s in one] == [None] * 5
        assert len(set(problem.encoding.keys(X))) == 5
        assert not history.knows(X).any()
        assert one == other
        assert all(np.isfinite([s.why["predicted"], s.why["deviation"]]).all() for s in one)
