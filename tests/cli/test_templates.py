"""The files of a new problem run as they stand, as scripts from anywhere and as parts of their package."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hypersonde.cli.projects import LIBRARIES, TEMPLATES, new_problem

SHAPES = """\
train_X shape: (8000, 10)
train_y shape: (8000, 1)
valid_X shape: (2000, 10)
valid_y shape: (2000, 1)
"""
PRINTED = """\
Configuration space object:
  Hyperparameters:
    activation, Type: Categorical, Choices: {None, relu, sigmoid, tanh}, Default: None
    lr, Type: UniformFloat, Range: [0.0001, 1.0], Default: 0.50005
    units, Type: UniformInteger, Range: [1, 100], Default: 50

Starting Point:
{0: {'activation': None, 'lr': 0.01, 'units': 10}}
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    package = tmp_path_factory.mktemp("lab") / "dh_project"
    package.mkdir()
    (package / "__init__.py").touch()
    new_problem(package, "polynome2", "sklearn")
    return package


def python(*arguments: str | Path, cwd: Path) -> str:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": ""}
    said = subprocess.run(
        [sys.executable, *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )
    assert (said.returncode, said.stderr) == (0, "")
    return said.stdout


def objective(said: str) -> float:
    assert said.startswith("objective: ")
    return float(said.removeprefix("objective: "))


def test_the_data_and_the_problem_show_themselves(package: Path, tmp_path: Path) -> None:
    assert python(package / "polynome2" / "load_data.py", cwd=tmp_path) == SHAPES
    assert python(package / "polynome2" / "problem.py", cwd=tmp_path) == PRINTED


def test_the_default_configuration_is_poor_so_that_tuning_matters(package: Path, tmp_path: Path) -> None:
    assert objective(python(package / "polynome2" / "default_config.py", cwd=tmp_path)) < 0.5


def test_the_model_runs_with_a_good_configuration_or_with_that_of_a_search(package: Path, tmp_path: Path) -> None:
    script = package / "polynome2" / "model_run.py"
    assert objective(python(script, cwd=tmp_path)) >= 0.98
    found = {"activation": None, "lr": 0.01, "units": 1, "objective": 0.5, "trial": 3, "elapsed_sec": 1.5}
    (tmp_path / "best.json").write_text(json.dumps({"0": found, "1": {}}))
    assert objective(python(script, "best.json", cwd=tmp_path)) < 0.5


def test_the_same_files_are_modules_of_their_package(package: Path) -> None:
    code = """
from dh_project.polynome2.model_run import run
from dh_project.polynome2.problem import Problem
assert 0.9 < run({"units": 60, "activation": "sigmoid", "lr": 0.05}) < 1.0
assert Problem.starting_point == {"units": 10, "activation": None, "lr": 0.01}
"""
    assert python("-c", code, cwd=package.parent) == ""


@pytest.mark.parametrize("framework", LIBRARIES)
def test_every_variant_is_python_with_a_run_function_and_its_good_point_in_the_space(framework: str) -> None:
    tree = ast.parse((TEMPLATES / framework / "model_run.py").read_text())
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert [a.arg for a in functions["run"].args.args] == ["point"]
    assert ast.get_docstring(functions["run"])
