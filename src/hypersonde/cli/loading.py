"""Finds the user's objects: ``package.module.name``, ``file.py`` or ``file.py:name``."""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from hypersonde.errors import HypersondeError, InvalidInput
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
    _make_importable(Path.cwd())
    place, _, name = target.partition(":")
    if place.endswith(".py") or os.sep in place:
        module = _import_file(Path(place), target, wanted)
    else:
        module, rest = _import_dotted(place, target, wanted)
        name = name or rest
    found = _lookup(module, name or wanted.name, target, wanted)
    if isinstance(found, ModuleType):
        found = _lookup(found, wanted.name, target, wanted)
    if not wanted.fits(found):
        raise InvalidInput(
            f"{wanted.option} {target}: expected {wanted.noun}, got {_shown(found)}.{_hint(module, wanted)}"
        )
    return found


# -- modules -------------------------------------------------------------------------------------------


def _import_file(path: Path, target: str, wanted: Wanted) -> ModuleType:
    if not path.is_file():
        near = get_close_matches(path.name, _python_files(path.parent), n=1)
        hint = f" Did you mean {path.parent / near[0]}?" if near else ""
        what = "is a directory" if path.is_dir() else "does not exist"
        raise InvalidInput(f"{wanted.option} {target}: the file {path} {what} (working directory: {Path.cwd()}).{hint}")
    if "." in path.stem:
        raise InvalidInput(f"{wanted.option} {target}: a module's name has no dot. Rename the file {path.name}.")
    path = path.resolve()
    root = _make_importable(path.parent)
    dotted = ".".join(path.relative_to(root).with_suffix("").parts)
    module = _import(dotted, target, wanted)
    origin = getattr(module, "__file__", None)
    if origin is None or not Path(origin).exists() or not path.samefile(origin):
        raise InvalidInput(
            f"{wanted.option} {target}: another module named {dotted!r} ({origin or 'built in'}) takes its place. "
            f"Rename the file {path.name}."
        )
    return module


def _import_dotted(dotted: str, target: str, wanted: Wanted) -> tuple[ModuleType, str]:
    """The module, and what of `dotted` is a name in it: the longest part that can be imported is the module."""
    parts = dotted.split(".")
    if not all(part.isidentifier() for part in parts):
        raise InvalidInput(
            f"{wanted.option} {target}: expected package.module.{wanted.name} or a file, module.py or module.py:name."
        )
    module = _import(parts[0], target, wanted)
    for i, part in enumerate(parts[1:], start=1):
        if hasattr(module, part) and not isinstance(getattr(module, part), ModuleType):
            return module, ".".join(parts[i:])
        if not hasattr(module, "__path__"):
            return module, ".".join(parts[i:])
        try:
            module = importlib.import_module(".".join(parts[: i + 1]))
        except ModuleNotFoundError as error:
            if error.name != ".".join(parts[: i + 1]):
                raise _broken(error, target, wanted) from error
            if i < len(parts) - 1:
                raise _absent(error, ".".join(parts[: i + 1]), module, target, wanted) from error
            return module, part
        except (Exception, SystemExit) as error:
            raise _broken(error, target, wanted) from error
    return module, ""


def _import(dotted: str, target: str, wanted: Wanted) -> ModuleType:
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError as error:
        if error.name != dotted:
            raise _broken(error, target, wanted) from error
        raise _absent(error, dotted, None, target, wanted) from error
    except (Exception, SystemExit) as error:
        raise _broken(error, target, wanted) from error


def _make_importable(directory: Path) -> Path:
    """Put the directory, and the one above the package that it is in, on the search path; the latter."""
    root = directory
    while (root / "__init__.py").exists() and root.parent != root:
        root = root.parent
    for place in (str(root), str(directory)):
        if place not in sys.path:
            sys.path.insert(0, place)
    return root


# -- names ---------------------------------------------------------------------------------------------


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


def _absent(
    error: ModuleNotFoundError, dotted: str, parent: ModuleType | None, target: str, wanted: Wanted
) -> InvalidInput:
    head, _, last = dotted.rpartition(".")
    places = [Path(p) for p in getattr(parent, "__path__", [])] if parent is not None else [Path.cwd()]
    near = get_close_matches(last, [n.removesuffix(".py") for p in places for n in _python_files(p)], n=1)
    hint = f" Did you mean {'.'.join(filter(None, (head, near[0])))!r}?" if near else ""
    where = f"in the package {head!r}" if head else f"installed or in {Path.cwd()}"
    way = " Run from the directory that holds it, install it, or give a file: problem.py." if not hint else ""
    return InvalidInput(f"{wanted.option} {target}: there is no module {last!r} {where}.{hint}{way}")


def _broken(error: BaseException, target: str, wanted: Wanted) -> InvalidInput:
    """An import that raised: the exception and the line of the user's code."""
    place = f"{error.filename}:{error.lineno}" if isinstance(error, SyntaxError) else _line(error)
    what = str(error) if isinstance(error, HypersondeError) else f"{type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        what = f"{type(error).__name__}: {error.msg}"
    return InvalidInput(f"{wanted.option} {target}: it cannot be imported: {what} ({place})")


def _line(error: BaseException) -> str:
    """File and line of the innermost frame that is the user's own code."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_file()]
    ours = Path(__file__).parents[1]
    theirs = [f for f in frames if not any(_inside(f.filename, p) for p in (ours, Path(os.__file__).parent))]
    return f"{theirs[-1].filename}:{theirs[-1].lineno}" if theirs else "no line of its own"


def _inside(filename: str, directory: Path) -> bool:
    return Path(filename).is_relative_to(directory)


def _python_files(directory: Path) -> list[str]:
    """Names of the modules and packages in a directory."""
    if not directory.is_dir():
        return []
    return [p.name for p in directory.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()]


def _place(module: ModuleType) -> str:
    return str(getattr(module, "__file__", None) or f"module {module.__name__!r}")


def _shown(thing: Any) -> str:
    return f"the class {thing.__name__}" if isinstance(thing, type) else f"{type(thing).__name__} {thing!r}"[:100]


def _is_space(thing: Any) -> bool:
    from ConfigSpace import ConfigurationSpace

    return isinstance(thing, HpProblem | ConfigurationSpace)
