"""Imports the user's modules, and says in one line why that cannot be done."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType

from hypersonde.errors import HypersondeError, InvalidInput


def make_importable(directory: Path) -> Path:
    """Put a directory, and the one above the package that it is in, on the search path; the latter."""
    root = directory
    while (root / "__init__.py").exists() and root.parent != root:
        root = root.parent
    for place in (str(root), str(directory)):
        if place not in sys.path:
            sys.path.insert(0, place)
    return root


def import_file(path: Path) -> ModuleType:
    """The module in a file; as part of its package when it is in one.

    Raises
    ------
    InvalidInput : no such file; another module of that name is in the way; its code raises.
    """
    if not path.is_file():
        stems = [name.removesuffix(".py") for name in _python_files(path.parent) if name.endswith(".py")]
        near = get_close_matches(path.stem, stems, n=1)
        hint = f" Did you mean {path.parent / near[0]}.py?" if near else ""
        what = "is a directory" if path.is_dir() else "does not exist"
        raise InvalidInput(f"the file {path} {what} (working directory: {Path.cwd()}).{hint}")
    if "." in path.stem:
        raise InvalidInput(f"a module's name has no dot. Rename the file {path.name}.")
    path = path.resolve()
    root = make_importable(path.parent)
    dotted = ".".join(path.relative_to(root).with_suffix("").parts)
    module = _import(dotted)
    origin = getattr(module, "__file__", None)
    if origin is None or not Path(origin).exists() or not path.samefile(origin):
        raise InvalidInput(
            f"another module named {dotted!r} ({origin or 'built in'}) takes its place. Rename the file {path.name}."
        )
    return module


def import_dotted(dotted: str) -> tuple[ModuleType, str]:
    """The module, and what of `dotted` is a name in it: ``package.module.name`` without knowing where one ends.

    Raises
    ------
    InvalidInput : no such module; its code raises.
    """
    parts = dotted.split(".")
    module = _import(parts[0])
    for i, part in enumerate(parts[1:], start=1):
        deeper = ".".join(parts[: i + 1])
        is_name = hasattr(module, part) and not isinstance(getattr(module, part), ModuleType)
        is_last = i == len(parts) - 1
        if is_name or not hasattr(module, "__path__") or (is_last and importlib.util.find_spec(deeper) is None):
            return module, ".".join(parts[i:])
        module = _import(deeper)
    return module, ""


def _import(dotted: str) -> ModuleType:
    try:
        return importlib.import_module(dotted)
    except ModuleNotFoundError as error:
        raise (_absent(dotted) if error.name == dotted else _broken(error)) from error
    except (Exception, SystemExit) as error:
        raise _broken(error) from error


def _absent(dotted: str) -> InvalidInput:
    head, _, last = dotted.rpartition(".")
    places = [Path(p) for p in sys.modules[head].__path__] if head else [Path.cwd()]
    where = f"in the package {head!r}" if head else f"installed or in {Path.cwd()}"
    near = get_close_matches(last, [n.removesuffix(".py") for p in places for n in _python_files(p)], n=1)
    if near:
        way = f"Did you mean {'.'.join(filter(None, (head, near[0])))!r}?"
    else:
        way = "Run from the directory that holds it, install it, or give a file: problem.py."
    return InvalidInput(f"there is no module {last!r} {where}. {way}")


def _broken(error: BaseException) -> InvalidInput:
    """An import that raised: the exception and the line of the user's code."""
    what = str(error) if isinstance(error, HypersondeError) else f"{type(error).__name__}: {error}"
    place = _line(error)
    if isinstance(error, SyntaxError):
        what, place = f"{type(error).__name__}: {error.msg}", f"{error.filename}:{error.lineno}"
    return InvalidInput(f"it cannot be imported: {what} ({place})")


def _line(error: BaseException) -> str:
    """File and line of the innermost frame that is the user's own code: neither ours nor Python's."""
    others = (Path(__file__).parents[1], Path(os.__file__).parent)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).is_file()]
    theirs = [f for f in frames if not any(Path(f.filename).is_relative_to(place) for place in others)]
    return f"{theirs[-1].filename}:{theirs[-1].lineno}" if theirs else "no line of its own"


def _python_files(directory: Path) -> list[str]:
    """Names of the modules and packages in a directory."""
    if not directory.is_dir():
        return []
    return [p.name for p in directory.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()]
