"""Ctrl-C at a terminal is heard by every process of a search at once: it ends like any other, whatever its engine."""

import os
import signal

import pytest
from integration.killing import Command, wait_until


@pytest.mark.parametrize("engine", ["parsl", "ray", "dask"])
def test_a_ctrl_c_for_the_whole_group_ends_a_search_in_good_order(engine, tmp_path):
    command = Command(tmp_path, 10_000, f"{engine} --num-workers 2 --grace 2", ["setsid"])
    search = command.start()
    said = tmp_path / "stderr.txt"
    try:
        wait_until(lambda: len(command.diary()) > 4 or search.poll() is not None, tell=said.read_text)
        os.killpg(search.pid, signal.SIGINT)
        assert search.wait(timeout=120) == 130, said.read_text()
        wait_until(lambda: not command.processes(), tell=lambda: str(command.processes()))
    finally:
        for process in command.processes():
            process.kill()
        search.wait()
    lines = [line for line in said.read_text().splitlines() if " done, " not in line]
    assert [line for line in lines if line.startswith("interrupted: waiting up to 2 s")], said.read_text()
    assert "Traceback" not in said.read_text(), "no process of the engine falls over"
    assert len(command.history()) > 2
