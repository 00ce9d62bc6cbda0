"""Objects as bytes that another process can load: pickle where it serves, cloudpickle where it must."""

from __future__ import annotations

import pickle
from typing import Any


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
