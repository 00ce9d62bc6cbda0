"""Errors that a user can mend: one line that names what, what was got, what was expected, the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class HypersondeError(Exception):
    """Base of every error that this library raises on purpose."""


class InvalidInput(HypersondeError, ValueError):
    """What the user gave cannot be used; the message says what, got, expected and the way out."""


class MissingExtra(HypersondeError, ImportError):
    """An optional library is not installed; the message names the extra that brings it."""


class StudyConflict(HypersondeError):
    """The study on disk and what is asked of it now do not belong together."""


class StorageError(HypersondeError):
    """The log of events cannot be read or written: disk full, read-only, not a study, locked."""


class NothingToSuggest(HypersondeError):
    """A sampler has no further point: a grid is exhausted, or a small space was tried out."""


def unknown(what: str, got: object, known: Iterable[object]) -> InvalidInput:
    """An unknown option or name: lists the known ones, nearest first.

    >>> str(unknown("acquisition", "EJ", ["LCB", "EI", "PI"]))
    "unknown acquisition 'EJ'. Did you mean 'EI'? Known: EI, LCB, PI."
    """
    names = [str(k) for k in known]
    by_nearness = sorted(names, key=lambda k: -difflib.SequenceMatcher(None, str(got).lower(), k.lower()).ratio())
    near = difflib.get_close_matches(str(got).lower(), [k.lower() for k in names], n=1, cutoff=0.5)
    hint = f" Did you mean {by_nearness[0]!r}?" if near else ""
    return InvalidInput(f"unknown {what} {got!r}.{hint} Known: {', '.join(by_nearness)}.")


def missing_extra(library: str, extra: str, purpose: str) -> MissingExtra:
    """An optional library is absent: one line that names the extra to install.

    >>> str(missing_extra("pandas", "pandas", "a DataFrame of results"))
    "a DataFrame of results needs pandas, which is not installed. Run: pip install 'hypersonde[pandas]'"
    """
    return MissingExtra(f"{purpose} needs {library}, which is not installed. Run: pip install 'hypersonde[{extra}]'")
