"""Which address of this machine workers on another one can reach."""

from __future__ import annotations

import contextlib
import ipaddress
import socket

from hypersonde.evaluators.reception import LOOPBACK


def facing(place: str) -> str:
    """The address by which this machine reaches `place`, a host name or address; loopback for itself.

    >>> facing("localhost")
    '127.0.0.1'
    """
    try:
        there = socket.gethostbyname(place)
        if ipaddress.ip_address(there).is_loopback:
            return LOOPBACK
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((there, 9))  # chooses a route; nothing is sent
            return str(probe.getsockname()[0])
    except OSError:
        return own_address()


def own_address() -> str:
    """The address of this machine under its own name; loopback when it has no other."""
    with contextlib.suppress(OSError):
        return socket.gethostbyname(socket.gethostname())
    return LOOPBACK


def answers(place: str, seconds: float = 5.0) -> bool:
    """Whether anybody takes a connection at ``host:port``; a place without a port is taken at its word.

    >>> answers("127.0.0.1:1")
    False
    """
    host, _, port = place.rpartition(":")
    if not host or not port.isdigit():
        return True
    try:
        with socket.create_connection((host.rpartition("/")[2].strip("[]"), int(port)), timeout=seconds):
            return True
    except (OSError, OverflowError):
        return False


def host_of(url: str) -> str:
    """The host of an address such as ``tcp://node7:8786`` or ``node7:6379``.

    >>> host_of("tcp://node7:8786"), host_of("10.0.0.7:6379"), host_of("[::1]:80")
    ('node7', '10.0.0.7', '::1')
    """
    place = url.rpartition("://")[2]
    host = place.rpartition(":")[0] or place
    return host.strip("[]")
