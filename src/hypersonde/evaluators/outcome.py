"""How a call ended, as data: its value, or the failure that a person can read."""

from __future__ import annotations

import traceback
from typing import Any

from hypersonde.evaluators.base import Call, Channel
from hypersonde.failure import Failure

MESSAGE_LIMIT = 500
"""Characters of a failure's message; the rest stands in its detail."""
DETAIL_LIMIT = 20_000
"""Characters of a failure's detail; the end of a traceback says most, so its beginning goes first."""


class Interrupt(BaseException):
    """Raised inside running work from outside, to end it where the process itself has to live on."""


Outcome = tuple[Any, Failure | None]
"""A value and None, or None and why there is no value."""


def attempt(
    call: Call, argument: Any, channel: Channel, *, through: tuple[type[BaseException], ...] = (Interrupt,)
) -> Outcome:
    """Run ``call(argument, channel)``; whatever it raises is its outcome, except what passes `through`."""
    try:
        return call(argument, channel), None
    except through:
        raise
    except BaseException as error:  # noqa: BLE001  the work is the user's
        return None, failure_of(error, skip=1)


def failure_of(error: BaseException, *, skip: int = 0, prefix: str = "") -> Failure:
    """An exception as a failure; the traceback without its `skip` outermost frames.

    >>> failure_of(ValueError("bad lr\\nand more"))
    Failure(kind='ValueError', message='bad lr', detail='ValueError: bad lr\\nand more\\n', retry=False)
    >>> failure_of(SystemExit(3)).message
    'the work called sys.exit(3)'
    """
    frames = error.__traceback__
    for _ in range(skip):
        frames = frames.tb_next if frames else None
    detail = "".join(traceback.format_exception(type(error), error, frames))[-DETAIL_LIMIT:]
    if isinstance(error, SystemExit):
        return Failure("Exit", f"the work called sys.exit({error.code!r})", detail)
    first = next(iter(_text(error).strip().splitlines()), "")
    return Failure(type(error).__name__, (prefix + first)[:MESSAGE_LIMIT], detail)


def time_limit(seconds: float) -> Failure:
    """The work ran into its time limit.

    >>> str(time_limit(3))
    'TimeLimit: the work was ended at its time limit of 3 s'
    """
    return Failure("TimeLimit", f"the work was ended at its time limit of {seconds:g} s")


def cancelled(when: str = "while it ran") -> Failure:
    """The work was cancelled: `when` is ``while it ran`` or ``before it started``.

    >>> str(cancelled())
    'Cancelled: the work was cancelled while it ran'
    """
    return Failure("Cancelled", f"the work was cancelled {when}")


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as second:  # noqa: BLE001  an exception of the user's whose __str__ raises
        return f"(its text cannot be had: {type(second).__name__})"
