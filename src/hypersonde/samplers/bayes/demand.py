"""How fast suggestions are wanted, as the history tells it, and how often a model can keep up with that."""

from __future__ import annotations

from statistics import median

from hypersonde.samplers.bayes.budget import Budget
from hypersonde.trials import History, State

__all__ = ["affordable", "run_time"]

_LAST = 64
"""Trials whose run times are looked at."""


def run_time(history: History) -> float | None:
    """The median run time of the last trials that workers have run, in seconds; None without any.

    What was asked for and told has no worker: nobody waits there for the next suggestion.
    """
    last = [history[n] for n in history.finish_order[-_LAST:].tolist()]
    seconds = [trial.seconds for trial in last if trial.worker and trial.seconds]
    return median(seconds) if seconds else None


def affordable(history: History, trials: int, count: int, budget: Budget) -> float:
    """The part of the requests for ``count`` suggestions that a model can answer without holding up the workers.

    Per suggestion there is `Budget.share` of a run time, and `Budget.load` of the time between two trials' ends.
    It follows from the history alone: the cost of a suggestion comes from a table, not from a stop watch.

    Parameters
    ----------
    trials : with a value.
    """
    seconds = None if trials < budget.unhurried else run_time(history)
    if seconds is None:
        return 1.0
    workers = history.count(State.RUNNING) + count
    allowed = min(budget.share * seconds, budget.load * seconds / workers)
    return min(1.0, allowed / budget.cost(trials, count))
