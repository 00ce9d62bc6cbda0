"""Work for the laws of evaluators: small calls that sleep, print, crash, report; light to import in a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hypersonde.evaluators.base import Channel

PATIENCE = 60.0
"""Seconds after which work that waits for somebody gives up, so that a broken evaluator fails its laws."""
TOUCH_LATER = "import sys, time, pathlib; time.sleep(float(sys.argv[1])); pathlib.Path(sys.argv[2]).touch()"


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
    while True:
        with Path(path).open("a") as file:
            file.write(".")
        time.sleep(0.01)


def meet(argument: tuple[str, int], channel: Channel) -> bool:
    """Leave a file in a directory, and wait until there are so many."""
    directory, count = argument
    (Path(directory) / f"{time.monotonic_ns()}-{os.getpid()}").touch()
    return _wait_until(lambda: len(list(Path(directory).iterdir())) >= count)


def sleep_then_touch(argument: tuple[float, str], channel: Channel) -> None:
    """Sleep so many seconds, then leave a file; a child and a child in its own session do the same."""
    seconds, path = argument
    for name, own_session in (("child", False), ("stranger", True)):
        command = [sys.executable, "-c", TOUCH_LATER, str(seconds), f"{path}-{name}"]
        channel.report(subprocess.Popen(command, start_new_session=own_session).pid)
    time.sleep(seconds)
    Path(path).touch()


def _wait_until(condition: Any) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    return bool(condition())
