"""Ctrl-C and SIGTERM: everything recorded, a line how to resume, the exit codes that shells expect."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

from hypersonde.study.reading import read_study
from hypersonde.trials import State

LINE = "hps random -p problem.py -r waits.py --max-evals 9 --num-workers 2 --grace 0.5 --seed 1"
COMMAND = [sys.executable, "-c", "import sys; from hypersonde.cli.main import main; sys.exit(main())"]

WAITS = """
import pathlib, time

def run(config):
    while not pathlib.Path("go").exists():
        time.sleep(0.05)
    return config["x"]
"""


def started(place, line):
    """A search in a process of its own, whose two workers have begun."""
    (place / "waits.py").write_text(WAITS)
    search = subprocess.Popen(
        [*COMMAND, *shlex.split(line)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    log = place / "hypersonde.log"
    while not (log.exists() and log.read_text().count(" started ") == 2):
        assert search.poll() is None, search.communicate()
        time.sleep(0.05)
    return search


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 143, "terminated"),
    ],
)
def test_a_signal_winds_the_search_up_and_the_line_that_it_prints_resumes_it(place, hypersonde, number, code, reason):
    search = started(place, LINE)
    search.send_signal(number)
    out, err = search.communicate(timeout=120)
    assert search.returncode == code, err
    assert f"{reason}: waiting up to 0.5 s for 2 running trials" in err
    assert f"2 trials: 2 waiting. Ended: {reason}." in out
    resume = re.search("To resume: hypersonde (.*)\n", out)[1]
    (place / "go").touch()
    assert "resuming: 0 of 9 done, 2 begun or to run again" in hypersonde(resume).out
    trials = read_study(place)[1]
    assert [t.state for t in trials] == [State.COMPLETE] * 9
    assert [t.attempt for t in trials] == [2, 2, *[1] * 7]


def test_a_second_signal_does_not_wait_for_what_runs(place):
    search = started(place, f"{LINE} --grace 1h")
    search.send_signal(signal.SIGINT)
    heard = []
    while not (heard and "the next Ctrl-C ends at once" in heard[-1]):
        heard.append(search.stderr.readline())
        assert heard[-1], "".join(heard) + search.stdout.read()
    search.send_signal(signal.SIGINT)
    out, _ = search.communicate(timeout=120)
    assert search.returncode == 130
    assert "2 trials: 2 waiting. Ended: interrupted." in out


def test_a_search_whose_terminal_has_gone_winds_up_all_the_same(place):
    search = started(place, LINE)
    search.stdout.close()
    search.stderr.close()
    search.send_signal(signal.SIGHUP)
    search.wait(timeout=120)
    assert [t.state for t in read_study(place)[1]] == [State.WAITING] * 2


def test_ctrl_c_while_the_command_line_is_loaded_is_no_traceback(tmp_path):
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    said = subprocess.run([*COMMAND, "--help"], env=environment, capture_output=True, text=True, timeout=60)
    assert (said.returncode, said.stderr) == (130, "")
