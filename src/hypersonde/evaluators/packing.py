"""Work as bytes that another process can load: pickle where it serves, cloudpickle where it must."""

from __future__ import annotations

import os
import pickle
import sys
from dataclasses import dataclass
from typing import Any

from hypersonde.evaluators.base import Call, Task


@dataclass(frozen=True, slots=True, eq=False)
class PackedCall:
    """A call as bytes, with the module search path under which it loads."""

    data: bytes
    path: tuple[str, ...]


@dataclass(slots=True, eq=False)
class Job:
    """A task packed for a worker process.

    Attributes
    ----------
    key, time_limit, output : of the task.
    call, argument : as bytes.
    stopped : whether it was asked to wind up.
    """

    key: int
    call: PackedCall
    argument: bytes
    time_limit: float | None = None
    output: str | None = None
    stopped: bool = False


class Packer:
    """Packs tasks; a call that is submitted again and again is packed once."""

    def __init__(self) -> None:
        self._packed: tuple[Call | None, PackedCall] = (None, PackedCall(b"", ()))

    def __call__(self, task: Task) -> Job:
        """The task as a job.

        Raises
        ------
        Exception : whatever pickling the call or the argument raises; that is the user's code.
        """
        output = None if task.output is None else os.fspath(task.output)
        return Job(task.key, self.call(task.call), pack_object(task.argument), task.time_limit, output)

    def call(self, call: Call) -> PackedCall:
        """The call as bytes, made anew only when it or the module search path is another one.

        Raises
        ------
        Exception : whatever pickling it raises.
        """
        known, packed = self._packed
        path = tuple(sys.path)
        if known is not call or packed.path != path:
            self._packed = (call, PackedCall(pack_object(call), path))
        return self._packed[1]


def pack_object(thing: Any) -> bytes:
    """`thing` as bytes for ``pickle.loads``.

    Plain pickle names functions and classes by module; what it cannot name (lambdas, closures) or names
    in ``__main__``, which is another program in a worker, travels by value with cloudpickle.

    Raises
    ------
    Exception : whatever pickle or the object's own ``__reduce__`` raises when there is no way at all.
    """
    try:
        data = pickle.dumps(thing, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError):
        return _by_value(thing)
    return _by_value(thing) if b"__main__" in data else data


def _by_value(thing: Any) -> bytes:
    import cloudpickle

    data: bytes = cloudpickle.dumps(thing, protocol=5)
    return data
