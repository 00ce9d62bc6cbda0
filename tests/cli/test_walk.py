"""From an empty directory to the best configuration, run again: the walk of the tutorial, as a user types it."""

import csv
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import yaml

HYPERSONDE = "import sys; from hypersonde.cli.main import main; sys.exit(main())"


def typed(line, cwd):
    """What a line prints; its error ends the test."""
    program, *rest = shlex.split(line)
    command = [sys.executable, *rest] if program == "python" else [sys.executable, "-c", HYPERSONDE, *rest]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    said = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert said.returncode == 0, said.stderr
    return said.stdout


def finished(directory):
    with open(directory / "results.csv", newline="") as file:
        return [row for row in csv.DictReader(file) if row["state"] == "COMPLETE"]


def test_the_walk_from_an_empty_directory_to_the_best_configuration_run_again(tmp_path):
    typed("hypersonde start-project dh_project", tmp_path)
    package = tmp_path / "dh_project" / "dh_project"
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.py")) == [
        "dh_project/dh_project/__init__.py",
        "dh_project/setup.py",
    ]

    typed("hypersonde new-problem hps polynome2", package)
    problem = package / "polynome2"
    files = {p.name for p in problem.iterdir()}
    assert files >= {"__init__.py", "load_data.py", "model_run.py", "problem.py", "default_config.py"}

    shown = typed("python problem.py", problem)
    assert "Configuration space object:" in shown
    assert "Starting Point:" in shown
    assert "train_X shape: (8000, 10)" in typed("python load_data.py", problem)
    assert re.search(r"objective: -?[\d.]+", typed("python default_config.py", problem))

    search = "hypersonde hps ambs --max-evals {} --evaluator {} --problem {} --run {} --seed 1"
    dotted = ("dh_project.polynome2.problem.Problem", "dh_project.polynome2.model_run.run")
    files = ("polynome2/problem.py", "polynome2/model_run.py")
    typed(search.format(2, "process --num-workers 2", *dotted), package)
    assert "resuming: 2 of 3 done" in typed(search.format(3, "thread", *files), package)
    typed(search.format(4, "serial", *dotted), package)
    typed(search.format(5, "subprocess --num-workers 1", *files), package)
    assert len(finished(package)) == 5
    assert {"results.csv", "hypersonde.log", "study.db"} <= {p.name for p in package.iterdir()}

    best = yaml.safe_load(typed("hypersonde topk results.csv -o best.json", package))["0"]
    assert best["objective"] == max(float(row["objective"]) for row in finished(package))
    assert json.loads((package / "best.json").read_text())["0"] == best

    again = typed(f"python {Path('polynome2') / 'model_run.py'} best.json", package)
    objective = float(re.search(r"objective: +(-?[\d.]+)", again)[1])
    assert abs(objective - best["objective"]) < 0.05
