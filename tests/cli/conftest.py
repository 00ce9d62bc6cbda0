"""A directory with a problem and run functions, and the command run inside this process."""

import shlex
import sys
from dataclasses import dataclass

import pytest

from hypersonde.cli.main import main

PROBLEM = """
from ConfigSpace import ConfigurationSpace
from hypersonde import HpProblem

Problem = HpProblem({"x": (-5.0, 5.0), "n": (1, 9), "kind": ["a", None, True]})
Problem.add_starting_point(x=1.0, n=2, kind=None)
Space = ConfigurationSpace({"x": (0.0, 1.0)})
Empty = HpProblem()
number = 3
"""

MODEL_RUN = """
from helper import shift

def run(config):
    return -config["x"] ** 2 + shift(config["kind"])

def sometimes(config):
    if config["n"] > 4:
        raise ValueError("n is too large")
    return run(config)

def two(config):
    return {"loss": config["x"] ** 2, "size": config["n"], "note": "fine"}

def never(config):
    print("this was printed")
    raise ValueError("no way")

def nothing(config):
    return None

def not_a_number(config):
    return float("nan")

def infinite(config):
    return float("inf")

def word(config):
    return "good"

def array(config):
    import numpy
    return numpy.zeros(3)

def pair(a, b):
    return 0.0

def by_n(config):
    return config["n"]

number = 3
"""

HELPER = """
def shift(kind):
    return 1.0 if kind is None else 0.0
"""


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working directory with problem.py, model_run.py and a module beside them; imports are forgotten at the end."""
    (tmp_path / "problem.py").write_text(PROBLEM)
    (tmp_path / "model_run.py").write_text(MODEL_RUN)
    (tmp_path / "helper.py").write_text(HELPER)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        origin = getattr(sys.modules[name], "__file__", None) or ""
        if origin.startswith(str(tmp_path)) or not origin:
            del sys.modules[name]


@pytest.fixture
def hypersonde(place, capsys):
    """The command, in that directory: a line, and arguments that are not to be split."""

    def call(line, *arguments):
        capsys.readouterr()
        code = main([*shlex.split(line), *map(str, arguments)])
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call


@pytest.fixture
def searched(hypersonde):
    """The command, after a search with twelve evaluations."""
    said = hypersonde(
        "hps random -p problem.py -r model_run.py --max-evals 12 --evaluator thread --num-workers 2 --seed 3"
    )
    assert said.code == 0, said.err
    return hypersonde
