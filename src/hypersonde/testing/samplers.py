"""The laws of a sampler, to inherit: ``class TestMine(SamplerLaws)`` with a fixture ``make``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hypersonde.errors import NothingToSuggest
from hypersonde.problem import HpProblem
from hypersonde.samplers.base import AGAIN, Sampler, Suggestion
from hypersonde.testing.histories import folded, outcome, random_events, started
from hypersonde.testing.problems import PROBLEMS, TINY, any_problem
from hypersonde.trials import Event, History, Started, State

MakeSampler = Callable[[], Sampler]
"""Builds the sampler under test anew at every call, with the same settings."""

_INHERITED = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
"""Checks that do not apply to a law: every suite that inherits it runs it, with a sampler made anew each time."""
_STEPS = 24
_LARGE = sorted(set(PROBLEMS) - {"tiny"})


def ask(sampler: Sampler, history: History, count: int = 1, seed: int = 0) -> list[Suggestion]:
    """Suggestions of a sampler with a generator of a given seed."""
    return sampler.suggest(history, count, np.random.default_rng([seed, len(history)]))


def configs(suggestions: list[Suggestion]) -> list[dict[str, Any]]:
    """What was suggested."""
    return [dict(s.config) for s in suggestions]


def different(found: list[dict[str, Any]]) -> int:
    """How many different configurations there are in a list."""
    return len({repr(sorted(c.items())) for c in found})


def assert_new(suggestions: list[Suggestion], history: History) -> None:
    """No two suggestions are the same; the history has none but those that repeat, on purpose, what has ended."""
    again = [s for s in suggestions if s.why.get("proposer") == AGAIN]
    new = [s for s in suggestions if s.why.get("proposer") != AGAIN]
    ended = [dict(t.config) for t in history if t.state.final]
    tried = [dict(t.config) for t in history]
    assert different(configs(suggestions)) == len(suggestions)
    assert different([*configs(new), *tried]) == len(new) + different(tried)
    assert different([*configs(again), *ended]) == different(ended)


def play(sampler: Sampler, history: History, steps: int, seed: int = 0) -> list[Event]:
    """A short search with three workers in which trials fail, are pruned, cancelled and lost; its events.

    Raises
    ------
    NothingToSuggest : the sampler ran out of configurations.
    """
    rng = np.random.default_rng(seed)
    events: list[Event] = []

    def happens(more: list[Event]) -> None:
        history.extend(more)
        events.extend(more)

    for _ in range(steps):
        (suggestion,) = ask(sampler, history, seed=seed)
        happens([started(len(history), suggestion)])
        if len(history.running) >= 3:
            number = int(rng.choice(history.running))
            state = State(int(rng.choice([2, 2, 2, 2, 2, 3, 4, 5, 0])))
            happens(outcome(number, state, tuple(rng.standard_normal(len(history.metrics)).tolist())))
    return events


class SamplerLaws:
    """What holds for every sampler. A subclass gives the fixture `make`; `exhausts` where it ends on small spaces."""

    exhausts = True
    """Whether the sampler suggests every configuration of a small space before it has nothing to suggest."""
    steps = _STEPS
    """How long the short searches are; more than the sampler needs to get going."""

    @pytest.fixture
    def make(self) -> MakeSampler:
        raise NotImplementedError("a suite of sampler laws needs a fixture `make`")

    @pytest.fixture(params=_LARGE)
    def problem(self, request: pytest.FixtureRequest) -> HpProblem:
        return PROBLEMS[request.param]()

    # -- suggestions ---------------------------------------------------------------------------------

    def test_every_suggestion_is_in_the_space_and_new_whatever_became_of_earlier_ones(
        self, make: MakeSampler, problem: HpProblem
    ) -> None:
        sampler, history = make(), folded(problem, [])
        play(sampler, history, self.steps)
        found = [dict(trial.config) for trial in history]
        assert [problem.encoding.complaint(config) for config in found] == [None] * len(found)
        new = [dict(trial.config) for trial in history if trial.why.get("proposer") != AGAIN]
        assert different(new) == different(found) == len(new)

    @settings(max_examples=12, deadline=None, suppress_health_check=_INHERITED)
    @given(problem=any_problem(), seed=st.integers(0, 99), count=st.integers(1, 6))
    def test_in_any_space_suggestions_are_legal_and_new(
        self, make: MakeSampler, problem: HpProblem, seed: int, count: int
    ) -> None:
        history = folded(problem, random_events(problem, 20, np.random.default_rng(seed)))
        try:
            suggestions = ask(make(), history, count)
        except NothingToSuggest:
            assert not self.exhausts or problem.encoding.cardinality() < np.inf
            return
        found = configs(suggestions)
        assert_new(suggestions, history)
        assert [problem.encoding.complaint(config) for config in found] == [None] * len(found)

    @pytest.mark.parametrize("known", [0, 30])
    def test_sixty_four_asked_at_once_are_sixty_four_different_ones(
        self, make: MakeSampler, problem: HpProblem, known: int
    ) -> None:
        history = folded(problem, random_events(problem, known, np.random.default_rng(1)) if known else [])
        suggestions = ask(make(), history, 64)
        found = configs(suggestions)
        assert len(found) == 64
        assert_new(suggestions, history)
        assert [problem.encoding.complaint(config) for config in found] == [None] * 64

    def test_values_are_plain_python(self, make: MakeSampler) -> None:
        history = folded(PROBLEMS["mixed"](), [])
        play(make(), history, self.steps)
        kinds = {type(value) for trial in history for value in [*trial.config.values(), *trial.why.values()]}
        assert kinds <= {int, float, str, bool, type(None)}

    def test_a_small_space_is_suggested_to_the_last_configuration_and_then_there_is_nothing(
        self, make: MakeSampler
    ) -> None:
        history = folded(PROBLEMS["tiny"](), [])
        with pytest.raises(NothingToSuggest, match="tried"):
            play(make(), history, TINY + 1)
        assert different([dict(trial.config) for trial in history]) == len(history)
        assert len(history) == TINY or not self.exhausts

    def test_asked_for_more_than_is_left_it_gives_what_is_left(self, make: MakeSampler) -> None:
        history = folded(PROBLEMS["tiny"](), random_events(PROBLEMS["tiny"](), 4, np.random.default_rng(2)))
        found = configs(ask(make(), history, 64))
        assert different(found) == len(found)
        assert 1 <= len(found) <= TINY - len(history)

    # -- a pure function of history and rng ----------------------------------------------------------

    def test_same_history_and_generator_same_answer_and_the_history_stays_as_it_is(
        self, make: MakeSampler, problem: HpProblem
    ) -> None:
        events = random_events(problem, 40, np.random.default_rng(3))
        history, sampler = folded(problem, events), make()
        version, before, rows = history.version, tuple(history), history.X.copy()
        first, again = ask(sampler, history, 3), ask(sampler, history, 3)
        assert first == again == ask(make(), history, 3)
        assert (history.version, tuple(history)) == (version, before)
        np.testing.assert_array_equal(history.X, rows)

    def test_resumed_equals_uninterrupted(self, make: MakeSampler, problem: HpProblem) -> None:
        live, sampler = folded(problem, []), make()
        events = play(sampler, live, self.steps)
        replayed = folded(problem, events)
        assert ask(make(), replayed, 2) == ask(sampler, live, 2)

    def test_a_sampler_that_serves_two_studies_keeps_them_apart(self, make: MakeSampler) -> None:
        one, two = (folded(PROBLEMS["continuous"](), []) for _ in range(2))
        shared = make()
        for history, seed in ((one, 1), (two, 2)):
            history.extend(random_events(history.problem, 40, np.random.default_rng(seed)))
        assert [ask(shared, h) for h in (one, two, one)] == [ask(make(), h) for h in (one, two, one)]

    def test_observing_twice_equals_observing_once(self, make: MakeSampler, problem: HpProblem) -> None:
        events = random_events(problem, 40, np.random.default_rng(4))
        assert ask(make(), folded(problem, [*events, *events])) == ask(make(), folded(problem, events))

    def test_the_order_in_which_results_arrive_is_irrelevant_or_the_sampler_says_why_not(
        self, make: MakeSampler, problem: HpProblem
    ) -> None:
        if make().order_matters:
            return
        events = random_events(problem, 40, np.random.default_rng(5))
        starts = [event for event in events if isinstance(event, Started)]
        numbers = np.random.default_rng(6).permutation(len(starts))
        shuffled = [*starts, *(e for n in numbers for e in events if e.number == n and e not in starts)]
        assert ask(make(), folded(problem, shuffled), 3) == ask(make(), folded(problem, events), 3)

    # -- trouble -------------------------------------------------------------------------------------

    @pytest.mark.parametrize("state", [State.RUNNING, State.WAITING, State.FAILED, State.PRUNED, State.CANCELLED])
    def test_it_goes_on_when_no_trial_has_a_value(self, make: MakeSampler, state: State) -> None:
        problem = PROBLEMS["mixed"]()
        rows = problem.encoding.decode(problem.encoding.sample(30, np.random.default_rng(6)))
        events: list[Event] = [started(i, Suggestion(config)) for i, config in enumerate(rows)]
        for number in range(len(rows)):
            events += outcome(number, state, (float("nan"),))
        assert len(ask(make(), folded(problem, events), 2)) == 2

    @pytest.mark.parametrize("value", [0.0, 1e300, -1e300, 1e-300])
    def test_equal_and_extreme_values_do_not_stop_it(self, make: MakeSampler, value: float) -> None:
        problem = PROBLEMS["conditional"]()
        rows = problem.encoding.decode(problem.encoding.sample(30, np.random.default_rng(7)))
        events: list[Event] = [started(i, Suggestion(config)) for i, config in enumerate(rows)]
        for number in range(len(rows)):
            events += outcome(number, State.COMPLETE, (value * (number % 3),))
        assert len(ask(make(), folded(problem, events), 2)) == 2

    def test_several_metrics_are_no_obstacle(self, make: MakeSampler) -> None:
        problem = PROBLEMS["mixed"]()
        history = folded(problem, random_events(problem, 40, np.random.default_rng(8), metrics=2), metrics=2)
        assert different(configs(ask(make(), history, 4))) == 4
