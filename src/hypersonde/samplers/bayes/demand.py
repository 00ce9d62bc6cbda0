"""How fast suggestions are wanted, as the history tells it, and how often a model can keep up with that."""

from __future__ import annotations

from statistics import median

from hypersonde.samplers.bayes.budget import Budget
from hypersonde.trials import History, State

__all__ = ["affordable", "run_time"]

_LAST = 64
"""Trials whose run times are looked at."""
_PAUSES = 8.0
"""Run times in a request's time from which on requests get rarer: with half of the time for the model, workers wait
``0.5 * min(1, seconds / (8 * pause)) * min(1, pause / (2 * seconds))`` of theirs, never more than 1/32."""


def run_time(history: History) -> float | None:
    """The median run time of the last trials that workers have run, in seconds; None without any.

    What was asked for and told has no worker: nobody waits there for the next suggestion.
    """
    last = [history[n] for n in history.finish_order[-_LAST:].tolist()]
    seconds = [trial.seconds for trial in last if trial.worker and trial.seconds]
    return median(seconds) if seconds else None


def affordable(history: History, trials: int, count: int, budget: Budget) -> float:
    """The part of the requests for ``count`` suggestions that a model can answer without holding up the workers.

    Per suggestion there is `Budget.share` of a run time, and `Budget.load` of the time between two trials' ends; less
    of it where one request takes so long that workers would run out of work meanwhile, such that these waits take a
    thirtieth of their time at most. It follows from the history alone: costs come from a table, not from a stop watch.
    Hyperparameters are fitted by the first request after the trials have grown by `Budget.growth`: a model that is
    asked rarely pays for a fit each time, one that is asked often shares a fit among all suggestions until the next.

    Parameters
    ----------
    trials : with a value.
    """
    seconds = None if trials < budget.unhurried else run_time(history)
    if seconds is None or count == 0:
        return 1.0
    workers = history.count(State.RUNNING) + count
    cost, fit = budget.cost(trials, count), budget.fit(trials)

    def allowed(pause: float) -> float:
        """Seconds per suggestion, when a request keeps the search busy for so many seconds."""
        load = budget.load * min(1.0, seconds / (_PAUSES * pause))
        return min(budget.share * seconds, load * seconds / workers)

    rarely = allowed(cost * count + fit) / (cost + fit / count)
    often = (allowed(cost * count) - fit / (budget.growth * trials)) / cost
    return min(1.0, max(rarely, often))
