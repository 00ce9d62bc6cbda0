"""``start-project`` and ``new-problem``: what they write, and what they leave alone."""

import importlib.util
import sys

import pytest

from hypersonde.cli.projects import LIBRARIES


def test_a_project_is_a_package_that_can_be_installed_and_imported(hypersonde, place, monkeypatch):
    said = hypersonde("start-project lab")
    assert said.code == 0
    assert "cd lab/lab" in said.out
    assert "pip install --editable lab" in said.out
    assert "find_packages()" in (place / "lab" / "setup.py").read_text()
    monkeypatch.syspath_prepend(place / "lab")
    assert importlib.util.find_spec("lab").origin == str(place / "lab" / "lab" / "__init__.py")


@pytest.mark.parametrize("framework", LIBRARIES)
def test_a_problem_has_its_files_whatever_the_framework(hypersonde, place, framework):
    said = hypersonde("new-problem hps toy --framework", framework)
    assert said.code == 0, said.err
    files = {p.name for p in (place / "toy").iterdir()}
    assert files == {"__init__.py", "load_data.py", "model_run.py", "problem.py", "default_config.py"}


def test_a_missing_library_is_a_hint_that_names_the_extra(hypersonde, monkeypatch):
    monkeypatch.setitem(LIBRARIES, "torch", ("a_library_that_is_not_there",))
    said = hypersonde("new-problem hps toy --framework torch")
    assert said.code == 0
    assert "It needs a_library_that_is_not_there: pip install 'hypersonde[torch]'" in said.out
    assert "a_library" not in sys.modules


def test_what_exists_is_left_alone(hypersonde, place):
    (place / "mine").mkdir()
    for line in ("start-project mine", "new-problem hps mine"):
        said = hypersonde(line)
        assert said.code == 2
        assert "mine exists already" in said.err
    assert list((place / "mine").iterdir()) == []


@pytest.mark.parametrize(
    ("line", "hidden"),
    [
        ("new-problem hps problem", "problem.py"),
        ("new-problem hps numpy", "the module that is installed (/"),
        ("start-project helper", "helper.py"),
        ("start-project json", "the module that is installed (/"),
        ("start-project sys", "the module that is installed (built-in)"),
    ],
)
def test_a_package_hides_no_module(hypersonde, place, line, hidden):
    before = sorted(place.iterdir())
    said = hypersonde(line)
    assert said.code == 2
    assert f"would hide {hidden}" in said.err
    assert "Choose another name, such as 'my_" in said.err
    assert sorted(place.iterdir()) == before


def test_outside_a_package_the_files_are_to_be_named(hypersonde, place):
    assert "is no package" in hypersonde("new-problem hps toy").out
    (place / "__init__.py").touch()
    assert "is no package" not in hypersonde("new-problem hps other").out
