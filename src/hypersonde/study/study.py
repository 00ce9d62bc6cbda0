"""`Study`: a problem, a run function, a sampler and a log, tied together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ConfigSpace import ConfigurationSpace

from hypersonde.errors import InvalidInput
from hypersonde.evaluators.base import Evaluator
from hypersonde.problem import HpProblem
from hypersonde.pruners import Pruner
from hypersonde.samplers import Sampler
from hypersonde.storage import Storage, new_owner
from hypersonde.study import checks, defaults, nothing
from hypersonde.study.cache import CacheKey
from hypersonde.study.evaluate import Evaluate, Outcome, RunFunction, interpret
from hypersonde.study.header import reconcile
from hypersonde.study.ledger import Ledger, Observer
from hypersonde.study.log import Scribe, log_file, logger
from hypersonde.study.loop import Plan, ask, search
from hypersonde.study.one_thread import one_thread
from hypersonde.study.results import ResultsFile
from hypersonde.study.stopping import Reason, Stopping, signals
from hypersonde.trials import Finished, History, Metric, Started, State, Trial, table

OBJECTIVE = Metric("objective", "maximize")
"""What a run function's plain number means unless the study says otherwise: higher is better."""

_TOLD = "Tell a trial, its number, or a configuration: study.tell(study.ask()[0], 0.5)."
_NO_LIMIT = "Use 60.0, or None for no limit."
_EVALUATORS = "SerialEvaluator(), ThreadEvaluator(4) or ProcessEvaluator(4)"

_LAST_WORDS = 5.0
"""Seconds before the end of the wall time, and after the grace of running trials, to close everything."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a search ended.

    Attributes
    ----------
    reason : see `Reason`.
    history : all trials of the study.
    """

    reason: Reason
    history: History

    @property
    def best(self) -> Trial | None:
        """The best trial, None when none is complete."""
        return self.history.best


class Study:
    """A search that can be run, asked, told, stopped and resumed.

    Parameters
    ----------
    problem : the search space, or what an `HpProblem` is made from.
    run : the run function, ``run(config)`` or ``run(trial)``; not needed for ask and tell.
    metrics : one metric or several; by default ``objective``, maximized.
    sampler : what chooses; the recommended one by default.
    pruner : what stops hopeless trials; nothing by default.
    log_dir : directory of the log ``study.db``, ``results.csv``, ``hypersonde.log`` and the trials' output. A
        study that is there already is resumed. Nothing is kept on disk without it.
    storage : a storage to use instead of ``study.db``.
    seed : of all randomness; drawn, and recorded, when not given.
    name : of the study in its storage.
    observers : called with ``(history, events)`` after every batch of events.
    notes : plain values that are recorded when the study is made, such as where its run function is.

    Raises
    ------
    InvalidInput : an empty problem, a run function that is none, anything else that is not what it should be.
    StudyConflict : the study on disk has another space, other metrics or another seed.
    StorageError : the log cannot be opened.

    Examples
    --------
    >>> study = Study(HpProblem({"x": (-5.0, 5.0)}), lambda config: -config["x"] ** 2, seed=1)
    >>> ending = study.run(max_evals=20, evaluator=defaults.serial())
    >>> len(study.history), ending.reason.name
    (20, 'ENOUGH')
    """

    def __init__(
        self,
        problem: HpProblem | ConfigurationSpace | Mapping[str, Any],
        run: RunFunction | None = None,
        *,
        metrics: Metric | Sequence[Metric] = OBJECTIVE,
        sampler: Sampler | None = None,
        pruner: Pruner | None = None,
        log_dir: str | Path | None = None,
        storage: Storage | None = None,
        seed: int | None = None,
        name: str = "study",
        observers: Sequence[Observer] = (),
        notes: Mapping[str, Any] | None = None,
    ) -> None:
        self.problem = problem if isinstance(problem, HpProblem) else HpProblem(problem)
        self.metrics: tuple[Metric, ...] = checks.parts("metrics", metrics, Metric, 'Metric("loss", "minimize")')
        self.sampler: Sampler = checks.part("sampler", sampler or defaults.sampler(), Sampler, "TPE()")
        self.pruner: Pruner | None = None if pruner is None else checks.part("pruner", pruner, Pruner, "Median()")
        checks.part("name", name, str, "'study'")
        if storage is not None:
            checks.part("storage", storage, Storage, "open_storage('studies.db')")
        for observer in observers if isinstance(observers, Sequence) else [None]:
            checks.function("each of observers", observer, "Use observers=[tell], where def tell(history, events).")
        self.log_dir = defaults.directory(log_dir)
        self._evaluate = None if run is None else Evaluate(run, self._names)
        self._storage = storage or defaults.storage(self.log_dir)
        self._own_dir = self.log_dir if storage is None and name == "study" else None
        history = History(self.problem, self.metrics, self._storage.label)
        header = reconcile(self._storage, name, self.problem, self.metrics, seed, notes)
        self.seed: int = header.settings["seed"]
        self.notes: Mapping[str, Any] = header.settings.get("notes", {})
        self._ledger = Ledger(history, self._storage, new_owner(), observers, Scribe())

    # -- the whole search ----------------------------------------------------------------------------

    def run(
        self,
        max_evals: int | None = None,
        timeout: float | None = None,
        *,
        wall_time: float | None = None,
        evaluator: Evaluator | None = None,
        time_limit: float | None = None,
        grace: float = 10.0,
        max_failures: int | None = 10,
        cache_key: CacheKey | None = None,
    ) -> Ending:
        """Search until `max_evals` trials are in a final state, those of earlier runs included.

        Trials that were asked for here, and have not been told, count among them: they are yours to evaluate.

        Ctrl-C or SIGTERM once: running trials get `grace` seconds to finish, what does not is run again on
        resume. Twice: at once. Nothing that finished is lost in any case.

        Parameters
        ----------
        max_evals : trials of the study in a final state at the end; None: until the time is up.
        timeout : seconds for this run of the search; None for no limit.
        wall_time : seconds until this process will be killed, as in a job of a batch queue; None for never. No trial
            is started that is not expected to finish before, judged by the run times so far, and the search is
            over a few seconds before.
        evaluator : where to run; one worker process per core by default. Closed at the end in any case.
        time_limit : seconds for one evaluation, which is killed then and recorded as failed.
        grace : seconds for running trials to finish when the search is stopped.
        max_failures : give up when the first so many trials of this run have all failed, and no trial of the study
            ever succeeded: a mistake in the run function does not use up `max_evals`, and the run after it is mended
            goes on. What is slow to succeed is waited for. None never gives up: where most of the space fails.
        cache_key : configurations with equal keys are evaluated once (`hypersonde.study.cache.to_dict`: the
            configuration itself); None evaluates every trial.

        Raises
        ------
        InvalidInput : the study has no run function; there is neither `max_evals` nor a time; something is not what it
            should be.
        StorageError : the log cannot be written any more; what was recorded is safe.
        """
        if self._evaluate is None:
            raise InvalidInput("the study has no run function. Give one, Study(problem, run), or use ask and tell.")
        if max_evals is None and timeout is None and wall_time is None:
            raise InvalidInput("the search has no end. Give run(max_evals=...), run(timeout=...) or both.")
        max_evals = checks.whole_or_none("max_evals", max_evals, 0, "Use 100, or None with a timeout.")
        timeout = checks.seconds_or_none("timeout", timeout, _NO_LIMIT)
        wall_time = checks.seconds_or_none("wall_time", wall_time, "Use 3600.0, or None for never.")
        time_limit = checks.seconds_or_none("time_limit", time_limit, _NO_LIMIT, above_zero=True)
        grace = checks.seconds("grace", grace, "Use 10.0.")
        max_failures = checks.whole_or_none("max_failures", max_failures, 1, "Use 10, or None for never.")
        if cache_key is not None:
            checks.function("cache_key", cache_key, "Use hypersonde.study.cache.to_dict, or None.")
        if evaluator is not None:
            checks.part("evaluator", evaluator, Evaluator, _EVALUATORS)
        plan = Plan(
            self.sampler if max_evals is None else self.sampler.planned(max_evals),
            self.seed,
            pruner=self.pruner,
            max_evals=max_evals,
            time_limit=time_limit,
            grace=grace,
            max_failures=max_failures,
            directory=self.log_dir,
            cache_key=cache_key,
        )
        stopping = Stopping(timeout, wall_time=wall_time, reserve=grace + _LAST_WORDS)
        with ExitStack() as stack:
            self._keep_files(stack)
            evaluator = stack.enter_context(evaluator or defaults.evaluator())
            evaluator.admit(self._evaluate)
            stack.enter_context(signals(stopping, evaluator.wake))
            stack.callback(self._ledger.retire)
            self._ledger.release_orphans()
            done = self.history.finished
            if not self._storage.desk:
                nothing.before(self.history, max_evals)
            reason = search(self._ledger, self._evaluate, evaluator, plan, stopping)
            if reason is Reason.UNTOLD:
                untold = ", ".join(str(trial.number) for trial in self._ledger.mine())
                logger.warning("%d trials are done; %s: asked for, and not told yet", self.history.finished, untold)
            if not self._storage.desk:
                nothing.after(self.history, reason, max_evals, self.history.finished - done, self._own_dir)
        return Ending(reason, self.history)

    def _keep_files(self, stack: ExitStack) -> None:
        """While `stack` is open, hypersonde.log and results.csv follow the search; the last write is at its end.

        Of several writers one keeps results.csv.
        """
        if self.log_dir is None:
            return
        stack.enter_context(log_file(self.log_dir / self._storage.desk / "hypersonde.log"))
        if self._storage.desk:
            return
        results = ResultsFile(self.log_dir / "results.csv")
        results.flush(self.history)
        stack.callback(self._write_last, results)
        stack.callback(self._ledger.watch(results))

    def _write_last(self, results: ResultsFile) -> None:
        """Write results.csv until nobody has appended anything meanwhile: the last of several searches has it all."""
        written = None
        while written != self.history.version:
            written = self.history.version
            results.flush(self.history)
            self._ledger.sync()

    # -- ask and tell --------------------------------------------------------------------------------

    def ask(self, count: int = 1) -> list[Trial]:
        """Up to `count` trials to evaluate, recorded as running: waiting ones first.

        Raises
        ------
        NothingToSuggest : the space is exhausted.
        """
        count = checks.whole("the number of trials to ask for", count, 1, "Use ask(4).")
        with one_thread():
            return ask(self._ledger, self.sampler, self.seed, count)

    def tell(self, what: Trial | int | Mapping[str, Any], result: Any) -> Trial:
        """Record the result of a trial, or of a configuration that was never asked for.

        Parameters
        ----------
        what : a trial, its number, or a configuration.
        result : what a run function would return, or a `Failure`.

        Raises
        ------
        InvalidInput : no such trial, a configuration outside the space, a trial that is finished already.
        """
        outcome = result if isinstance(result, Outcome) else interpret(result, self._names)
        trial = self._told(what)
        if trial.state.final:
            raise InvalidInput(
                f"trial {trial.number} is {trial.state.name} already. Tell the configuration to add a second result."
            )
        state = State.COMPLETE if outcome.failure is None else State.FAILED
        self._ledger.append(
            [
                Finished(
                    trial.number,
                    self._ledger.clock(),
                    state,
                    outcome.values,
                    outcome.metrics,
                    outcome.failure,
                    attempt=trial.attempt,
                )
            ]
        )
        finished: Trial = self.history[trial.number]
        return finished

    def _told(self, what: Trial | int | Mapping[str, Any]) -> Trial:
        if isinstance(what, Mapping):
            config = self.problem.check(what, "told configuration")
            draft = Started(-1, self._ledger.clock(), config, "told", owner=self._ledger.owner)
            return self._ledger.start([draft])[0]
        number = what.number if isinstance(what, Trial) else checks.whole("the number of a told trial", what, 0, _TOLD)
        if not 0 <= number < len(self.history):
            raise InvalidInput(f"there is no trial {number!r}: the study has {len(self.history)} trials.")
        known: Trial = self.history[number]
        return known

    def adopt(self, trials: Iterable[Trial]) -> None:
        """Record final trials of another search as they ended there: with their times, origin and what led to them.

        Raises
        ------
        InvalidInput : a configuration outside the space, a trial that is not final.
        """
        for trial in trials:
            if not trial.state.final:
                raise InvalidInput(f"trial {trial.number} is {trial.state.name}: only final trials can be adopted.")
            config = self.problem.check(trial.config, "adopted configuration")
            now, owner = self._ledger.clock(), self._ledger.owner
            started = now if trial.started is None else trial.started
            (own,) = self._ledger.start([Started(-1, started, config, trial.origin, trial.why, owner)])
            ended = started if trial.finished is None else trial.finished
            end = (ended, trial.state, trial.values, trial.metrics, trial.failure, trial.worker, own.attempt)
            self._ledger.append([Finished(own.number, *end)])

    def enqueue(self, config: Mapping[str, Any]) -> Trial:
        """Have a configuration evaluated next, before anything the sampler suggests.

        Raises
        ------
        InvalidInput : it is not in the space.
        """
        return self._ledger.queue(self.problem.check(config, "queued configuration"), "queued")

    # -- results -------------------------------------------------------------------------------------

    @property
    def history(self) -> History:
        """All trials so far."""
        return self._ledger.history

    @property
    def best(self) -> Trial | None:
        """The best trial by the first metric, None when none is complete."""
        return self.history.best

    @property
    def pareto(self) -> list[Trial]:
        """With several metrics: the trials that are best in some compromise between them."""
        return self.history.pareto

    def dataframe(self) -> Any:
        """The finished trials as a pandas DataFrame; the columns are those of results.csv."""
        return table.dataframe(self.history)

    def close(self) -> None:
        """Release the log; may be called twice."""
        self._storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(m.name for m in self.metrics)
