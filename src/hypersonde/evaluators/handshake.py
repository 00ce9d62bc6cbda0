"""How two ends of a connection prove to each other that they hold the run's key, before anything else is read.

Both sides send 32 random bytes; each then proves that it knows the key by HMAC-SHA256 over its role and both
numbers. From the same three things follows one key for each direction, under which every later message carries a
counted BLAKE2b code: nothing can be inserted, repeated, left out or changed. Messages are not secret.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import socket

from hypersonde.evaluators.framing import Framing

KEY_SIZE = 32
NONCE = 32
PROOF = 32
_CODE = 16


def new_key() -> bytes:
    """A key for one run."""
    return secrets.token_bytes(KEY_SIZE)


class Handshake:
    """One side's part: `nonce` goes out, the other's comes in, proofs are exchanged.

    Parameters
    ----------
    key : of the run.
    manager : whether this is the manager's side.
    """

    def __init__(self, key: bytes, *, manager: bool) -> None:
        self._key = key
        self._manager = manager
        self.nonce = secrets.token_bytes(NONCE)
        self._both = b""

    def meet(self, other: bytes) -> None:
        """Take the other side's number."""
        self._both = self.nonce + other if self._manager else other + self.nonce

    @property
    def proof(self) -> bytes:
        """What this side sends to show that it knows the key."""
        return self._digest(b"manager" if self._manager else b"agent")

    def accepts(self, proof: bytes) -> bool:
        """Whether the other side knows the key."""
        return hmac.compare_digest(proof, self._digest(b"agent" if self._manager else b"manager"))

    def framing(self) -> Framing:
        """The sealed frames of this connection from here on."""
        down, up = self._digest(b"downwards"), self._digest(b"upwards")
        return SealedFraming(down, up) if self._manager else SealedFraming(up, down)

    def _digest(self, role: bytes) -> bytes:
        return hmac.new(self._key, role + self._both, hashlib.sha256).digest()


class SealedFraming(Framing):
    """Frames that nobody without the keys can make, and that count only once and in order.

    Parameters
    ----------
    ours, theirs : keys of the two directions.
    """

    def __init__(self, ours: bytes, theirs: bytes) -> None:
        super().__init__()
        self._ours, self._theirs = ours, theirs
        self._sent = self._received = 0

    def seal(self, body: bytes) -> bytes:
        """A code, then the message."""
        code = _code(self._ours, self._sent, body)
        self._sent += 1
        return code + body

    def unseal(self, body: bytes) -> bytes:
        """The message.

        Raises
        ------
        EOFError : the code is wrong: whoever speaks is not who was met.
        """
        code, message = body[:_CODE], body[_CODE:]
        if not hmac.compare_digest(code, _code(self._theirs, self._received, message)):
            raise EOFError("a message without the right seal")
        self._received += 1
        return message


def greet(link: socket.socket, key: bytes) -> Framing:
    """The agent's part on a blocking socket; the framing from there on.

    Raises
    ------
    ConnectionError : the other side does not know the key, or goes away.
    """
    handshake = Handshake(key, manager=False)
    link.sendall(handshake.nonce)
    handshake.meet(_exactly(link, NONCE))
    link.sendall(handshake.proof)
    if not handshake.accepts(_exactly(link, PROOF)):
        raise ConnectionError("whoever listens there does not know the key of this run")
    return handshake.framing()


def _exactly(link: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = link.recv(count - len(data))
        if not more:
            raise ConnectionError("the manager closed the connection before it was established")
        data += more
    return data


def _code(key: bytes, count: int, body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=_CODE, key=key, salt=count.to_bytes(16, "big")).digest()
