"""Finds the user's objects: ``package.module.name``, ``file.py`` or ``file.py:name``."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from hypersonde.cli.importing import import_dotted, import_file, make_importable
from hypersonde.errors import InvalidInput
from hypersonde.problem import HpProblem


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an option of the command line points to.

    Attributes
    ----------
    option : how the user knows it.
    name : what it is called when a file or a module is named without it.
    noun : what it must be, for messages.
    fits : whether an object is one.
    """

    option: str
    name: str
    noun: str
    fits: Callable[[Any], bool]


def load_problem(target: str) -> HpProblem:
    """The search space that ``--problem`` names; a ConfigSpace space is wrapped.

    Raises
    ------
    InvalidInput : no such file, module or name; it cannot be imported; it is something else.
    """
    found = load(target, Wanted("--problem", "Problem", "an HpProblem or a ConfigurationSpace", _is_space))
    return found if isinstance(found, HpProblem) else HpProblem(found)


def load_callable(target: str, option: str = "--run", name: str = "run") -> Callable[..., Any]:
    """The function that ``--run`` names.

    Raises
    ------
    InvalidInput : no such file, module or name; it cannot be imported; it is not callable.
    """
    function: Callable[..., Any] = load(target, Wanted(option, name, "a function", callable))
    return function


def load(target: str, wanted: Wanted) -> Any:
    """The object that `target` names.

    The working directory is importable, and so is the directory above the package that it lies in; for a
    file, the same holds for the directory of the file.

    Raises
    ------
    InvalidInput : see `load_problem`.
    """
    module, name = _module(target, wanted)
    found = _lookup(module, name or wanted.name, target, wanted)
    if isinstance(found, ModuleType):
        found = _lookup(found, wanted.name, target, wanted)
    if not wanted.fits(found):
        raise InvalidInput(
            f"{wanted.option} {target}: expected {wanted.noun}, got {_shown(found)}.{_hint(module, wanted)}"
        )
    return found


def file_of(target: str, option: str, name: str) -> tuple[Path, str]:
    """The file that has what `target` names, and its name there.

    Raises
    ------
    InvalidInput : see `load_problem`; a module without a file.
    """
    wanted = Wanted(option, name, "an object", lambda thing: True)
    module, found = _module(target, wanted)
    found = found or name
    inner = _lookup(module, found, target, wanted)
    if isinstance(inner, ModuleType):
        module, found = inner, name
    file = getattr(module, "__file__", None)
    if file is None:
        raise InvalidInput(f"{option} {target}: its module {module.__name__} has no file. Put it into one.")
    return Path(file), found


# -- names ---------------------------------------------------------------------------------------------


def _module(target: str, wanted: Wanted) -> tuple[ModuleType, str]:
    """The module that `target` is about, and the name in it; empty when none is given."""
    make_importable(Path.cwd())
    place, _, name = target.partition(":")
    try:
        if place.endswith(".py") or os.sep in place:
            return import_file(Path(place)), name
        if not all(part.isidentifier() for part in place.split(".")):
            raise InvalidInput(f"expected package.module.{wanted.name} or a file, module.py or module.py:name.")
        module, rest = import_dotted(place)
        return module, name or rest
    except InvalidInput as error:
        raise InvalidInput(f"{wanted.option} {target}: {error}") from error.__cause__


def _lookup(module: ModuleType, name: str, target: str, wanted: Wanted) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise InvalidInput(
                f"{wanted.option} {target}: there is no {part!r} in {_place(module)}.{_hint(module, wanted, part)}"
            )
        found = getattr(found, part)
    return found


def _hint(module: ModuleType, wanted: Wanted, name: str = "") -> str:
    """Names in the module that would do, or that look like the one that was asked for."""
    public = [n for n in vars(module) if not n.startswith("_")]
    fitting = [n for n in public if wanted.fits(vars(module)[n]) and not isinstance(vars(module)[n], type)]
    likely = get_close_matches(name, fitting, n=3) or get_close_matches(name, public, n=3) or fitting[:3]
    if likely:
        return f" Did you mean {' or '.join(map(repr, likely))}?"
    return f" Define {wanted.noun} named {wanted.name!r} there."


def _place(module: ModuleType) -> str:
    return str(getattr(module, "__file__", None) or f"module {module.__name__!r}")


def _shown(thing: Any) -> str:
    return f"the class {thing.__name__}" if isinstance(thing, type) else f"{type(thing).__name__} {thing!r}"[:100]


def _is_space(thing: Any) -> bool:
    from ConfigSpace import ConfigurationSpace

    return isinstance(thing, HpProblem | ConfigurationSpace)
