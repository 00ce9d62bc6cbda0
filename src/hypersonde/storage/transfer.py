"""Moving a study from one storage to another."""

from __future__ import annotations

from hypersonde.errors import InvalidInput, StudyConflict
from hypersonde.storage.base import Header, Storage

_CHUNK = 5_000
"""Events per transaction."""


def copy(source: Storage, target: Storage, name: str | None = None) -> Header:
    """Copy a study, event by event in the order of the log, and return its header.

    The source stays as it is; both storages have the study open afterwards.

    Parameters
    ----------
    name : which study; may be left out when the source holds only one.

    Raises
    ------
    InvalidInput : the source has no such study, or several and no `name` says which.
    StudyConflict : the target has a study of this name already.
    """
    header = _chosen(source.studies(), name)
    if any(there.name == header.name for there in target.studies()):
        raise StudyConflict(f"the target has a study {header.name!r} already. Give another target.")
    source.open(header)
    target.open(header)
    events = source.read()
    for i in range(0, len(events), _CHUNK):
        target.append(events[i : i + _CHUNK])
    return header


def _chosen(studies: list[Header], name: str | None) -> Header:
    found = [study for study in studies if name is None or study.name == name]
    if len(found) == 1:
        return found[0]
    known = ", ".join(repr(study.name) for study in studies) or "none"
    wanted = "one study" if name is None else f"the study {name!r}"
    raise InvalidInput(f"copy of {wanted}: the source has {known}. Give the name of one of them.")
