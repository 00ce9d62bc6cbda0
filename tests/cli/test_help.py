"""The command itself: help, version, what it loads, what it leaves behind."""

import re
import subprocess
import sys

import pytest

from hypersonde import __version__

HEAVY = ("numpy", "scipy", "ConfigSpace", "sqlalchemy", "pandas", "sklearn", "numba", "torch", "yaml", "cloudpickle")


def loaded_by(*arguments):
    code = f"import sys\nfrom hypersonde.cli.main import main\nmain({list(arguments)!r})\nprint(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(shown.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), (), ("hps", "--help"), ("start-project", "--help"), ("topk", "--help")]
)
def test_help_loads_nothing_heavy(arguments):
    assert loaded_by(*arguments) & set(HEAVY) == set()


@pytest.mark.parametrize(
    "command",
    ["", "hps", "start-project", "new-problem", "new-problem hps", "topk", "show", "explain", "samplers", "evaluators"],
)
def test_every_help_has_examples(hypersonde, command):
    said = hypersonde(command, "--help")
    assert said.code == 0
    assert "Examples:" in said.out
    assert f"hypersonde {command}".rstrip() in said.out.split("Examples:")[1]


def test_the_help_of_islands_shows_its_own_options_and_mpirun(hypersonde):
    examples = hypersonde("hps islands --help").out.split("Examples:")[1].split("Options")[0]
    for part in ("--topology ring", "--sampler ga:pop_size=32 --sampler auto", "mpirun -n 4 hypersonde hps islands"):
        assert part in examples


@pytest.mark.parametrize("command", ["", "hps", "new-problem"])
def test_a_group_without_a_command_shows_its_help(hypersonde, command):
    said = hypersonde(command)
    assert said.code == 0
    assert "Commands" in said.out


def test_the_version_is_that_of_the_package(hypersonde):
    assert hypersonde("--version").out == f"hypersonde {__version__}\n"


def test_commands_stand_in_the_order_in_which_they_are_met(hypersonde):
    lines = hypersonde("--help").out.split("Commands")[1]
    order = ["start-project", "new-problem", "hps", "topk", "show", "explain", "samplers", "evaluators"]
    assert sorted(order, key=lambda name: lines.index(f" {name} ")) == order


def test_a_reader_that_goes_away_is_no_error(place):
    line = f"{sys.executable} -c 'from hypersonde.cli.main import main; main([\"--help\"])' | head -c 1"
    shown = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)
    assert "Traceback" not in shown.stderr


def test_jobs_share_a_log_of_their_own_unless_one_is_named(hypersonde, monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")
    assert re.search(r"--storage .*\[default: \(spool:RUN/study", hypersonde("submit hps auto --help").out)
    assert re.search(r"--storage .*\[default: \(study.db in the log", hypersonde("hps auto --help").out)
