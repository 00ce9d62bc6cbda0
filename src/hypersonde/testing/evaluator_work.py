"""Work for the laws of evaluators: small calls that sleep, print, crash, report; light to import in a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from hypersonde.evaluators.base import Channel

PATIENCE = 60.0
"""Seconds after which work that waits for somebody gives up, so that a broken evaluator fails its laws."""
TICK = """
import sys, time
for _ in range(1000):
    with open(sys.argv[1], "a") as file:
        file.write(".")
    time.sleep(0.01)
"""
FORK_AWAY = "import os\nif os.fork(): os._exit(0)\nos.setsid()"


def echo(argument: Any, channel: Channel) -> Any:
    """The argument itself."""
    return argument


def fail(message: str, channel: Channel) -> None:
    """Raise ValueError."""
    raise ValueError(message)


def leave(status: Any, channel: Channel) -> None:
    """Call ``sys.exit``."""
    sys.exit(status)


def vanish(status: int, channel: Channel) -> None:
    """Say so, then end the process without a word to Python."""
    sys.stdout.write("about to vanish\n")
    os._exit(status)


def suicide(number: int, channel: Channel) -> None:
    """End the process by a signal."""
    os.kill(os.getpid(), number)
    signal.pause()


def talk(argument: tuple[int, int], channel: Channel) -> None:
    """Print ``(lines, width)`` to both streams."""
    lines, width = argument
    for _ in range(lines):
        sys.stdout.write("o" * width + "\n")
        sys.stderr.write("e" * width + "\n")


def talk_through_child(text: str, channel: Channel) -> None:
    """Have a child process print."""
    subprocess.run([sys.executable, "-c", f"print({text!r})"], check=True)


def report_all(values: list[Any], channel: Channel) -> int:
    """Report one value after the other."""
    for value in values:
        channel.report(value)
    return len(values)


def wait_for_stop(argument: Any, channel: Channel) -> str:
    """Report that it runs, then wait until it is asked to stop."""
    channel.report("running")
    _wait_until(channel.should_stop)
    return "stopped"


def tick_for_ever(path: str, channel: Channel) -> None:
    """Append a dot to a file a hundred times a second, and never end."""
    channel.report("running")
    _tick(Path(path), threading.Event())


def meet(argument: tuple[str, int], channel: Channel) -> bool:
    """Leave a file in a directory, and wait until there are so many."""
    directory, count = argument
    (Path(directory) / f"{time.monotonic_ns()}-{os.getpid()}").touch()
    return _wait_until(lambda: len(list(Path(directory).iterdir())) >= count)


def sleep_in_company(argument: tuple[str, bool], channel: Channel) -> None:
    """Sleep for a long time, while everything that belongs to it appends to files of a directory.

    A thread does, and if wanted a child, a child in a session of its own, and an orphan of such a child.
    """
    directory, with_children = argument
    names = ["child", "stranger", "orphan"] if with_children else []
    for name in names:
        program = FORK_AWAY + TICK if name == "orphan" else TICK
        command = [sys.executable, "-c", program, f"{directory}/{name}"]
        subprocess.Popen(command, start_new_session=name != "child")
    over = threading.Event()
    threading.Thread(target=_tick, args=(Path(directory) / "self", over)).start()
    try:
        _wait_until(lambda: len(list(Path(directory).iterdir())) == len(names) + 1)
        channel.report("running")
        time.sleep(PATIENCE)
    finally:
        over.set()


def _tick(path: Path, over: threading.Event) -> None:
    while not over.wait(0.01):
        with path.open("a") as file:
            file.write(".")


def _wait_until(condition: Any) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(condition())
