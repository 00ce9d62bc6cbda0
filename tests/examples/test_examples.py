"""Every example runs as its reader would run it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
HYPERSONDE = str(Path(sys.executable).with_name("hypersonde"))


def typed(cwd, *command):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "examples")
    return tmp_path / "examples"


@pytest.mark.parametrize("script", sorted(p.name for p in EXAMPLES.glob("*.py")))
def test_a_script_runs_and_says_what_it_found(script, copy):
    assert re.search(r"\d\.\d{3} with \{", typed(copy, sys.executable, script))


def test_the_random_forest_is_tuned(copy):
    here = copy / "01_random_forest"
    for script in ("load_data.py", "problem.py", "model_run.py"):
        assert typed(here, sys.executable, script)
    files = ("--problem", "problem.py", "--run", "model_run.py")
    said = typed(here, HYPERSONDE, "hps", "auto", *files, "--max-evals", "8", "--num-workers", "2")
    assert "8 complete" in said
    assert (here / "results.csv").read_text().count("\n") == 9


def test_any_command_can_be_searched(copy):
    here = copy / "05_any_command"
    command = ("--problem", "problem.py", "--command", "sh area.sh {width} {height}")
    said = typed(here, HYPERSONDE, "hps", "auto", *command, "--max-evals", "12", "--num-workers", "2")
    assert "12 complete" in said
    assert "measuring a rectangle of" in (here / "output" / "000000.txt").read_text()
