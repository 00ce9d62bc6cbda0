"""Failure as data: what went wrong with one evaluation, and whether trying again may help."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an evaluation has no value.

    Attributes
    ----------
    kind : one word: the exception's class name, ``WorkerLost``, ``TimeLimit``, ``Cancelled``, ``BadResult``, ``Exit``.
    message : one line for a person.
    detail : the traceback or whatever else helps; may be empty.
    retry : True when the same work may well succeed elsewhere (a lost node), False when it will fail again.
    """

    kind: str
    message: str
    detail: str = ""
    retry: bool = False

    def __str__(self) -> str:
        return f"{self.kind}: {self.message}" if self.message else self.kind
