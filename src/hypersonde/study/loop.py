"""The loop: ask the sampler, start, collect, record. All of an asynchronous search is on this page."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from hypersonde.errors import NothingToSuggest
from hypersonde.evaluators.base import Ended, Evaluator, Message, Report, Task
from hypersonde.failure import Failure
from hypersonde.pruners import Pruner
from hypersonde.samplers import Sampler, Suggestion
from hypersonde.study.cache import Cache, CacheKey
from hypersonde.study.evaluate import Evaluate, Outcome
from hypersonde.study.ledger import Ledger
from hypersonde.study.log import logger
from hypersonde.study.one_thread import one_thread
from hypersonde.study.running_trial import MUCH, Assignment, Home
from hypersonde.study.stopping import Reason, Stopping
from hypersonde.trials import Event, Finished, History, Released, Reported, Started, State, Trial

STARTING_POINT = "starting point"
_ATTEMPTS = 2
_OVERTAKEN = 1.0
"""Seconds for which suggestions are made anew when other searches are faster."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a search runs: what does not change while it does.

    Attributes
    ----------
    sampler, pruner : who chooses, who gives up; no pruner stops nothing.
    seed : with a trial's number, all the randomness of its suggestion.
    max_evals : trials of the study in a final state at the end; None for no limit.
    time_limit : seconds per evaluation; None for no limit.
    grace : seconds that running trials get to finish when the search is asked to stop.
    max_failures : give up when the first so many trials of this run have failed and none ever succeeded; None: never.
    directory : of the study: outputs and trials' own directories go below it; None for none.
    cache_key : trials whose configurations have the same key share one result; None runs every trial.
    """

    sampler: Sampler
    seed: int
    pruner: Pruner | None = None
    max_evals: int | None = None
    time_limit: float | None = None
    grace: float = 10.0
    max_failures: int | None = None
    directory: Path | None = None
    cache_key: CacheKey | None = None


def ask(
    ledger: Ledger, sampler: Sampler, seed: int, count: int, limit: int | None = None, look: bool = True
) -> list[Trial]:
    """Start up to `count` trials: waiting ones first, then starting points, then what the sampler suggests.

    A suggestion starts under the number that it was drawn for, or not at all: where another search has started a trial
    meanwhile, it is made anew, knowing that trial. So searches on one study together try what one search would try.
    Only where others are faster all the time, random numbers of this search's own do instead.

    Parameters
    ----------
    look : see `Ledger.restart`.

    Raises
    ------
    NothingToSuggest : nothing waits and the sampler has nothing left.
    """
    trials = ledger.restart(count, look)
    last = time.monotonic() + _OVERTAKEN
    while True:
        known = len(ledger.history)
        room = count - len(trials) if limit is None else min(count - len(trials), limit - known)
        if room <= 0:
            return trials
        alone = time.monotonic() < last
        try:
            drafts = _drafts(ledger, sampler, room, [seed, *(ledger.stream if alone else ledger.own_stream)])
        except NothingToSuggest:
            if not trials:
                raise
            return trials
        fresh = ledger.start(drafts, limit, known if alone else None)
        if fresh or len(ledger.history) == known:
            return trials + fresh


def _drafts(ledger: Ledger, sampler: Sampler, room: int, seeds: list[int]) -> list[Started]:
    """What is to be tried next: up to `room` starts that have no numbers yet."""
    drafts = _starting_points(ledger, room)
    if len(drafts) < room:
        seed, *stream = seeds
        rng = np.random.default_rng([seed, len(ledger.history) + len(drafts), *stream])
        try:
            suggestions = sampler.suggest(ledger.history, room - len(drafts), rng)
        except NothingToSuggest:
            if not drafts:
                raise
            suggestions = []
        drafts += [_draft(ledger, s, sampler.name) for s in suggestions]
    return drafts


def _starting_points(ledger: Ledger, room: int) -> list[Started]:
    points = ledger.history.problem.starting_points
    if points:
        done = ledger.history.chosen_by(STARTING_POINT)
        points = points[done : done + room]
    return [_draft(ledger, Suggestion(point), STARTING_POINT) for point in points]


def _draft(ledger: Ledger, suggestion: Suggestion, origin: str) -> Started:
    return Started(-1, ledger.clock(), suggestion.config, origin, suggestion.why, ledger.owner)


def search(ledger: Ledger, evaluate: Evaluate, evaluator: Evaluator, plan: Plan, stopping: Stopping) -> Reason:
    """Run until there is nothing left to do or `stopping` says so; every trial started is recorded."""
    cache = None if plan.cache_key is None else Cache(plan.cache_key)
    flight = _Flight(ledger, evaluate, evaluator, plan, Home(plan.directory), cache)
    if plan.pruner is not None:
        evaluator.listen(flight.land)
    exhausted = False
    first = _first(ledger.history, plan.max_failures)
    while stopping.reason is None:
        ledger.beat()
        closed = not stopping.allows(ledger.history)
        try:
            flight.take_off(0 if closed else evaluator.capacity)
        except NothingToSuggest:
            exhausted = True
        if exhausted and not flight.running:
            return Reason.EXHAUSTED
        if closed and flight.wanted and not flight.running:
            return Reason.TIMEOUT
        if flight.over and not ledger.elsewhere():
            return Reason.UNTOLD if ledger.mine() else Reason.ENOUGH
        if flight.over:
            ledger.wait()  # whoever runs the last ones may die, and then they run here
        else:
            flight.land(evaluator.collect(_patience(stopping)))
        if _hopeless(ledger.history, first):
            stopping.ask(Reason.HOPELESS)
    flight.wind_up(stopping)
    return stopping.reason or Reason.INTERRUPTED


def _patience(stopping: Stopping, most: float = 5.0) -> float:
    remaining = stopping.remaining()
    return most if remaining is None else min(most, remaining)


def _first(history: History, count: int | None) -> Sequence[int]:
    """The first trials to be run from now on; none without a number."""
    return () if count is None else [*history.waiting, *range(len(history), len(history) + count)][:count]


def _hopeless(history: History, first: Sequence[int]) -> bool:
    """Whether all of the first have failed. Where failures are quick, they are many before the first success."""
    if not first or history.count(State.COMPLETE, State.PRUNED) or max(first) >= len(history):
        return False
    return all(history[number].state is State.FAILED for number in first)


@dataclass(slots=True)
class _Flight:
    """The trials that are out, from take-off to landing."""

    ledger: Ledger
    evaluate: Evaluate
    evaluator: Evaluator
    plan: Plan
    home: Home
    cache: Cache | None = None
    running: dict[int, Trial] = field(default_factory=dict)
    pruned: set[int] = field(default_factory=set)
    tasks: int = 0
    stopping: bool = False
    looked: bool = False

    @property
    def over(self) -> bool:
        """Whether nothing runs and nothing will: an evaluator without any capacity now may have some later."""
        return not self.running and not (self.wanted and self.evaluator.capacity == 0)

    @property
    def wanted(self) -> bool:
        """Whether there are trials to start."""
        history = self.ledger.history
        return bool(history.waiting) or self.plan.max_evals is None or len(history) < self.plan.max_evals

    def take_off(self, capacity: int) -> None:
        """Run as many at a time; trials whose result is known finish on the spot and leave their place."""
        while (free := capacity - len(self.running)) > 0:
            look, self.looked = not self.looked, False
            with nullcontext() if self.evaluator.in_threads else one_thread():
                trials = ask(self.ledger, self.plan.sampler, self.plan.seed, free, self.plan.max_evals, look)
            fresh = [trial for trial in trials if not self._known(trial)]
            for trial in fresh:
                self.tasks += 1
                self.running[self.tasks] = trial
                self.evaluator.submit(self._task(trial))
            if len(fresh) == len(trials):
                return

    def _known(self, trial: Trial) -> bool:
        twin = self.cache.find(self.ledger.history, trial.config) if self.cache else None
        if twin is None:
            return False
        metrics = {**twin.metrics, "cached_from": twin.number}
        now = self.ledger.clock()
        self.ledger.append(
            [Finished(trial.number, now, State.COMPLETE, twin.values, metrics, None, "cache", trial.attempt)]
        )
        return True

    def _task(self, trial: Trial) -> Task:
        label = self.ledger.label(trial.number)
        assignment = Assignment(trial.number, trial.config, trial.attempt, self.home.trials, label)
        return Task(self.tasks, self.evaluate, assignment, self.plan.time_limit, self.home.output(label))

    def land(self, messages: Sequence[Message]) -> None:
        """Record what came back, then let the pruner look at what was reported."""
        self.ledger.append([event for message in messages for event in self._events(message)])
        self.looked = bool(messages)
        if self.plan.pruner is not None:
            for key in {m.key for m in messages if isinstance(m, Report)} & self.running.keys():
                trial = self.ledger.history[self.running[key].number]
                if self.plan.pruner.should_stop(self.ledger.history, trial):
                    self.pruned.add(key)
                    self.evaluator.stop(key)

    def _events(self, message: Message) -> list[Event]:
        now = self.ledger.clock()
        if isinstance(message, Report):
            trial = self.running[message.key]
            step, value = message.value
            return [Reported(trial.number, now, step, value, trial.attempt)]
        trial = self.running.pop(message.key)
        pruned = message.key in self.pruned
        self.pruned.discard(message.key)
        event = ending(trial, message, now, pruned=pruned, interrupted=self.stopping)
        if self.home.overflows(self.ledger.label(trial.number)):
            logger.warning("trials have printed %.1f GB into output/, all of which is kept: print less", MUCH / 1e9)
        if event.failure is None:
            return [event]
        return [_with_output(event, self.home.output(self.ledger.label(trial.number)))]

    def wind_up(self, stopping: Stopping) -> None:
        """Ask what runs to stop, wait out the grace, kill the rest: it will run again on resume."""
        self.stopping = True
        if self.running and not stopping.at_once:
            logger.warning(
                "%s: waiting up to %g s for %d running trials; the next Ctrl-C ends at once",
                stopping.reason,
                self.plan.grace,
                len(self.running),
            )
        for key in self.running:
            self.evaluator.stop(key)
        deadline = time.monotonic() + self.plan.grace
        while self.running and not stopping.at_once and time.monotonic() < deadline:
            self.land(self.evaluator.collect(deadline - time.monotonic()))
        for key in list(self.running):
            self.evaluator.cancel(key)
        while self.running:
            self.land(self.evaluator.collect())


def ending(trial: Trial, ended: Ended, now: float, *, pruned: bool, interrupted: bool) -> Finished | Released:
    """The event that a trial's last message stands for."""
    outcome: Outcome = ended.value if ended.failure is None else Outcome(failure=ended.failure)
    failure = outcome.failure
    if interrupted and (outcome.stopped or (failure is not None and failure.kind == "Cancelled")):
        return Released(trial.number, now, failure or Failure("Interrupted", "the search was stopped"), trial.attempt)
    if failure is not None and failure.retry and trial.attempt < _ATTEMPTS:
        return Released(trial.number, now, failure, trial.attempt)
    state = State.COMPLETE
    if failure is not None:
        state = State.CANCELLED if failure.kind == "Cancelled" else State.FAILED
    elif outcome.stopped and pruned:
        state = State.PRUNED
    values = outcome.values if state is State.COMPLETE else ()
    return Finished(trial.number, now, state, values, outcome.metrics, failure, ended.worker, trial.attempt)


def _with_output(event: Finished | Released, output: Path | None) -> Finished | Released:
    """The event, its failure saying where the trial's output is, when there is a failure and an output."""
    if event.failure is None or output is None or not output.exists():
        return event
    detail = f"{event.failure.detail.rstrip()}\noutput: {output}".lstrip()
    return replace(event, failure=replace(event.failure, detail=detail))
