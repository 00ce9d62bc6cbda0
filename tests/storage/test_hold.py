"""Laws of the hold: those of one search share it, nobody else gets in, and the dead hold nothing."""

import os
import signal
import subprocess
import sys

from hypersonde.storage.hold import Hold

HOLDS = """
import os, sys, time
from pathlib import Path
from hypersonde.storage.hold import Hold

hold = Hold(Path(sys.argv[1]), patience=0.0)
took = hold.take(first=sys.argv[2] == "first")
if took and sys.argv[2] == "forks" and not os.fork():
    os.close(1)
    time.sleep(600)
print(took, flush=True)
sys.stdin.read()
"""


class Other:
    """Another process that takes a hold."""

    def __init__(self, place, how):
        self._process = subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(place), how],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.took = self._process.stdout.readline() == "True\n"

    def kill(self):
        os.kill(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def end(self):
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def test_the_ranks_of_one_search_share_it_and_another_search_gets_it_when_all_of_them_are_gone(tmp_path):
    place = tmp_path / "lock"
    first, second = Other(place, "first"), Other(place, "another")
    assert (first.took, second.took) == (True, True)
    assert not Hold(place, patience=0.0).take(first=True)
    first.kill()
    assert not Hold(place, patience=0.0).take(first=True), "a search goes on without its first rank"
    second.kill()
    assert Hold(place, patience=0.0).take(first=True)


def test_a_child_that_outlives_its_rank_keeps_nobody_out(tmp_path):
    rank = Other(tmp_path / "lock", "forks")
    assert rank.took
    rank.kill()
    try:
        assert Hold(tmp_path / "lock", patience=0.0).take(first=True)
    finally:
        rank.end()


def test_who_lets_go_lets_others_in(tmp_path):
    hold = Hold(tmp_path / "lock", patience=0.0)
    assert hold.take(first=True)
    hold.release()
    other = Other(tmp_path / "lock", "first")
    assert other.took
    other.end()


def test_where_no_lock_can_be_made_nobody_is_kept_out(tmp_path):
    assert Hold(tmp_path / "absent" / "lock", patience=0.0).take(first=True)
