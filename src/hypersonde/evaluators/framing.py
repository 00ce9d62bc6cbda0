"""Messages on a byte stream: eight bytes of length, then one pickled tuple."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from typing import Any

_LENGTH = struct.Struct("<Q")
CHUNK = 1 << 20
"""Bytes asked of a socket at once."""


def pack(*message: Any) -> bytes:
    """One message as a frame.

    >>> list(Unpacker().feed(pack("stop", 7)))
    [('stop', 7)]
    """
    body = pickle.dumps(message, protocol=5)
    return _LENGTH.pack(len(body)) + body


class Unpacker:
    """Turns chunks of a stream, cut anywhere, back into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[Any, ...]]:
        """Take the next chunk; yield every message that is complete now."""
        self._buffer += data
        while (end := self._end()) is not None:
            body = bytes(memoryview(self._buffer)[_LENGTH.size : end])
            del self._buffer[:end]
            yield pickle.loads(body)

    def _end(self) -> int | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        end: int = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
        return end if len(self._buffer) >= end else None
