"""Makes projects, and problems inside them, that run as they stand."""

from __future__ import annotations

import importlib.util
import keyword
import shutil
from pathlib import Path
from typing import Final

import typer

from hypersonde.errors import InvalidInput, unknown

TEMPLATES: Final = Path(__file__).parent / "templates"
"""One directory per framework, and ``shared`` with the files that all of them have."""

LIBRARIES: Final = {"sklearn": ("sklearn",), "keras": ("keras", "torch"), "torch": ("torch",)}
"""Frameworks of the templates, and the modules that each needs; extras of the same names bring them."""

_SETUP = '''"""Makes the package {name} importable everywhere: pip install --editable ."""

from setuptools import find_packages, setup

setup(name="{name}", version="0.1.0", packages=find_packages())
'''


def start_project(where: Path, name: str) -> None:
    """Write ``NAME/setup.py`` and the package ``NAME/NAME`` into a directory.

    Raises
    ------
    InvalidInput : the name is no identifier, is taken, or would hide a module; the directory cannot be written.
    """
    project = _new(where, name, "project")
    try:
        (project / name).mkdir(parents=True)
        (project / "setup.py").write_text(_SETUP.format(name=name))
        (project / name / "__init__.py").write_text(f'"""The problems of {name}."""\n')
    except OSError as error:
        raise _unwritable(project, error) from error
    typer.echo(f"Made {project}. Next: cd {project / name} and hypersonde new-problem hps NAME.")
    typer.echo(f"To import it from anywhere: pip install --editable {project}")


def new_problem(where: Path, name: str, framework: str) -> None:
    """Write a problem of hyperparameter search as the subpackage NAME of a directory.

    Raises
    ------
    InvalidInput : the name is no identifier, is taken, or would hide a module; no such framework; the directory cannot
        be written.
    """
    if framework not in LIBRARIES:
        raise unknown("framework", framework, LIBRARIES)
    problem = _new(where, name, "problem")
    try:
        problem.mkdir()
        for source in _files(framework):
            shutil.copyfile(source, problem / source.name)
    except OSError as error:
        raise _unwritable(problem, error) from error
    typer.echo(f"Made {problem}: {', '.join(sorted(p.name for p in problem.iterdir()))}.")
    _say_what_is_missing(framework)
    if not (where / "__init__.py").exists():
        typer.echo(f"Note: {where.resolve()} is no package (no __init__.py), so name the files: {name}/problem.py.")


def _files(framework: str) -> list[Path]:
    """The template's files; those of the framework take the place of shared ones."""
    found = {p.name: p for folder in ("shared", framework) for p in sorted((TEMPLATES / folder).glob("*.py"))}
    return list(found.values())


def _new(where: Path, name: str, what: str) -> Path:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise InvalidInput(
            f"a {what} is a Python package, so its name is letters, digits and _, not starting with a digit: "
            f"got {name!r}. Try {_identifier(name)!r}."
        )
    path = where / name
    if path.exists():
        raise InvalidInput(f"{path} exists already. Choose another name for the {what}, or remove it first.")
    hidden = _hidden(path)
    if hidden:
        raise InvalidInput(
            f"a {what} is a Python package: one named {name!r} would hide {hidden}, and what imports that would break. "
            f"Choose another name, such as {f'my_{name}'!r}."
        )
    return path


def _hidden(path: Path) -> str:
    """What could not be imported any more if there were a package here; empty for nothing."""
    module = path.with_suffix(".py")
    if module.exists():
        return str(module)
    installed = importlib.util.find_spec(path.name)
    if installed is None:
        return ""
    return f"the module that is installed ({installed.origin or 'a package without code of its own'})"


def _identifier(name: str) -> str:
    made = "".join(c if c.isalnum() else "_" for c in name).strip("_")
    return made if made.isidentifier() and not keyword.iskeyword(made) else f"my_{made}".rstrip("_")


def _unwritable(path: Path, error: OSError) -> InvalidInput:
    return InvalidInput(
        f"{path} cannot be written: {error.strerror or error}. Go to a directory that you may write to."
    )


def _say_what_is_missing(framework: str) -> None:
    missing = [library for library in LIBRARIES[framework] if importlib.util.find_spec(library) is None]
    if missing:
        typer.echo(f"It needs {' and '.join(missing)}: pip install 'hypersonde[{framework}]'")
