"""Turns of processes: one at a time, and the dead do not keep theirs."""

import os
import signal
import subprocess
import sys
import time

from hypersonde.storage.turns import Turns

HOLD = """
import sys, time
from pathlib import Path
from hypersonde.storage.turns import Turns

with Turns(Path(sys.argv[1])).taken():
    print("mine", flush=True)
    time.sleep(float(sys.argv[2]))
    Path(sys.argv[1], "over").touch()
"""


def holder(directory, seconds):
    process = subprocess.Popen([sys.executable, "-c", HOLD, directory, str(seconds)], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "mine\n"
    return process


def test_a_turn_comes_when_the_other_has_had_his(tmp_path):
    other = holder(tmp_path, 0.5)
    with Turns(tmp_path).taken():
        assert (tmp_path / "over").exists()
    other.communicate()


def test_the_dead_keep_no_turn(tmp_path):
    other = holder(tmp_path, 600)
    os.kill(other.pid, signal.SIGKILL)
    with Turns(tmp_path).taken():
        pass
    other.communicate()


def test_a_child_of_fork_keeps_no_turn(tmp_path):
    with Turns(tmp_path).taken():
        child = subprocess.Popen(["sleep", "600"])
        copy = os.fork()
        if copy == 0:
            time.sleep(600)
    with Turns(tmp_path).taken():
        pass
    for pid in (child.pid, copy):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def test_without_such_locks_everybody_goes_on(tmp_path):
    with Turns(tmp_path / "absent").taken():
        pass
