"""Messages on a byte stream: eight bytes of length, then one pickled tuple."""

from __future__ import annotations

import pickle
import struct
from collections.abc import Iterator
from typing import Any

_LENGTH = struct.Struct("<Q")
CHUNK = 1 << 16
"""Bytes asked of a socket at once; beyond the allocator's small sizes, a mere look at a socket gets dear."""


class Framing:
    """Between messages and a stream of bytes, both ways.

    >>> list(Framing().feed(Framing().pack("stop", 7)))
    [('stop', 7)]
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def pack(self, *message: Any) -> bytes:
        """One message as a frame."""
        body = self.seal(pickle.dumps(message, protocol=5))
        return _LENGTH.pack(len(body)) + body

    def feed(self, data: bytes) -> Iterator[tuple[Any, ...]]:
        """Take the next chunk of a stream, cut anywhere; yield every message that is complete now."""
        self._buffer += data
        while (end := self._end()) is not None:
            body = bytes(memoryview(self._buffer)[_LENGTH.size : end])
            del self._buffer[:end]
            yield pickle.loads(self.unseal(body))

    def seal(self, body: bytes) -> bytes:
        """What stands in the frame for a pickled message: itself."""
        return body

    def unseal(self, body: bytes) -> bytes:
        """The pickled message that a frame holds."""
        return body

    def _end(self) -> int | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        end: int = _LENGTH.size + _LENGTH.unpack_from(self._buffer)[0]
        return end if len(self._buffer) >= end else None
