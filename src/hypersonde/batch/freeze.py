"""Copies the code of a search into the run's directory, so that a job that waits runs what was submitted."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LIMIT: Final = 50 * 2**20
"""Bytes of code and the files beside it that are copied; what is larger stays where it is."""

MANY: Final = 1000
"""Files above which a copy is more than the code of a search, as a rule."""

_LEFT_OUT = frozenset(("__pycache__", "node_modules", "runs"))


@dataclass(frozen=True, slots=True)
class Frozen:
    """Where a module is to be found by the jobs.

    Attributes
    ----------
    file : the copy, or the original when it was not copied.
    note : why it was not copied; empty when it was.
    size : what was copied, in words, when it is so much that it can hardly be all code; else empty.
    """

    file: Path
    note: str = ""
    size: str = ""


def freeze(module: Path, code: Path) -> Frozen:
    """Copy a module with all that belongs to it: its package, or the files beside it when it is in none.

    Parameters
    ----------
    module : its file.
    code : the directory for copies.
    """
    module = module.absolute()
    if _installed(module):
        return Frozen(module, "it is installed")
    top = _package(module)
    packaged = (top / "__init__.py").exists()
    files = list(_files(top) if packaged else _beside(top))
    sizes = {path: path.stat().st_size for path in files}
    size = sum(sizes.values())
    if size > LIMIT:
        return Frozen(module, f"{top} has {_mb(size)}, more than {_mb(LIMIT)}; the largest: {_largest(sizes, top)}")
    root = top.parent
    for path in files:
        target = code / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    many = f"{len(files):,} files of {top} ({_mb(size)})" if len(files) > MANY else ""
    return Frozen(code / module.relative_to(root), size=many)


def _mb(size: int) -> str:
    return f"{size / 2**20:.0f} MB"


def _largest(sizes: Mapping[Path, int], top: Path) -> str:
    path = max(sizes, key=sizes.__getitem__)
    return f"{path.relative_to(top)} with {_mb(sizes[path])}"


def _package(module: Path) -> Path:
    """The directory of the outermost package that a module is in, or the one it lies in."""
    top = module.parent
    while (top.parent / "__init__.py").exists() and (top / "__init__.py").exists():
        top = top.parent
    return top


def _files(top: Path) -> Iterator[Path]:
    for path in sorted(top.iterdir()):
        if path.name.startswith(".") or path.name in _LEFT_OUT:
            continue
        if path.is_dir():
            yield from _files(path)
        elif path.is_file():
            yield path


def _beside(directory: Path) -> Iterator[Path]:
    return (p for p in sorted(directory.iterdir()) if p.is_file() and not p.name.startswith("."))


def _installed(module: Path) -> bool:
    places = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return any(module.resolve().is_relative_to(place) for place in places)
