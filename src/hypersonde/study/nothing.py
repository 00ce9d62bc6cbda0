"""What is said of a search in which no evaluation has succeeded."""

from __future__ import annotations

import logging
import shlex
from collections import Counter
from pathlib import Path

from hypersonde.study.log import logger
from hypersonde.study.stopping import Reason
from hypersonde.trials import History, State, Trial

LAST_WORD = "hypersonde.last_word"
"""The logger of what is said at the end: apart, for whoever says it in another way."""


def commonest(history: History) -> tuple[str, Trial] | None:
    """One sentence on the commonest kind of failure, and the first trial that has it; None without a failure."""
    failed = [(t, t.failure) for t in history if t.failure is not None and t.state.final]
    if not failed:
        return None
    (kind, times), *_ = Counter(failure.kind for _, failure in failed).most_common(1)
    first, said = next((trial, str(failure)) for trial, failure in failed if failure.kind == kind)
    if {str(failure) for _, failure in failed if failure.kind == kind} != {said}:
        said = said.replace(": ", ", such as: ", 1)
    return f"no evaluation succeeded: {times} of {len(failed)} failed with {said.rstrip('.')}.", first


def succeeded(history: History) -> bool:
    """Whether any evaluation has."""
    return history.count(State.COMPLETE, State.PRUNED) > 0


def before(history: History, max_evals: int | None) -> None:
    """Warn that all evaluations of earlier runs have failed, when there are more to come."""
    found = None if succeeded(history) else commonest(history)
    if found is not None and (max_evals is None or history.finished < max_evals):
        left = "" if max_evals is None else f": {max_evals - history.finished} of max_evals={max_evals} are left"
        logger.warning("So far %s This run goes on%s.", found[0], left)


def after(history: History, reason: Reason, max_evals: int | None, fresh: int, log_dir: Path | None) -> None:
    """Warn that there is no result: what the failures were, where one's traceback is, and how to go on.

    Parameters
    ----------
    fresh : evaluations that this run has finished.
    log_dir : of the log; None where ``hypersonde show`` does not find it.
    """
    if succeeded(history):
        return
    say = logging.getLogger(LAST_WORD).warning
    found = commonest(history)
    if found is None:
        if reason is not Reason.UNTOLD and (history.count() or reason is Reason.TIMEOUT):
            say("no evaluation has ended with a value (%s). Give it more time.", reason)
        return
    sentence, first = found
    where = f"print(study.history[{first.number}].failure.detail)"
    if log_dir is not None:
        where = shlex.join(["hypersonde", "show", str(log_dir), "--trial", history.label(first.number)])
    way_out = ""
    if max_evals is None or history.finished < max_evals:
        if reason is Reason.HOPELESS:
            way_out = " This run gave up (max_failures): once that is mended, run it again, and it goes on."
    elif reason in (Reason.ENOUGH, Reason.HOPELESS):
        begun = "" if fresh else f"Nothing was evaluated in this run, since all {max_evals} had ended before. "
        way_out = f" {begun}Once that is mended: a larger max_evals, or another log_dir."
    say("%s%s The traceback of one: %s", sentence, way_out, where)
