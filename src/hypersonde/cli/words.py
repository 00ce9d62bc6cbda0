"""A word of the command line, what it stands for, and the options that come with it."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hypersonde.errors import missing_extra


@dataclass(frozen=True, slots=True)
class Flag:
    """An option that sets one parameter of a sampler; type and default are those of the parameter.

    Attributes
    ----------
    option : as typed, ``--surrogate-model``.
    parameter : of the sampler's class, ``surrogate``.
    help : one sentence for ``--help``.
    reader : ``module:function`` that makes the value out of the texts of an option which may be given several times.
    """

    option: str
    parameter: str
    help: str
    reader: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A word and what it stands for.

    Attributes
    ----------
    name : the word.
    place : ``module:Class``.
    summary : one line.
    flags : its own options.
    fixed : parameters that the word settles.
    libraries : what it needs beyond a plain installation; modules' names.
    extra : of this distribution, which brings them.
    collective : whether every process of an MPI program has to build it, before anything else.
    examples : command lines that show its own options, each of one line or more.
    """

    name: str
    place: str
    summary: str
    flags: tuple[Flag, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()
    extra: str = ""
    collective: bool = False
    examples: tuple[str, ...] = ()

    def load(self) -> type[Any]:
        """The class; imported now.

        Raises
        ------
        MissingExtra : a library that it needs is not installed.
        """
        for library in self.missing():
            raise missing_extra(library, self.extra, f"{self.name!r}")
        found: type[Any] = _imported(self.place)
        return found

    def build(self, settings: Mapping[str, Any]) -> Any:
        """An object of the class; options that are read from texts are read now."""
        readers = {flag.parameter: flag.reader for flag in self.flags if flag.reader}
        read = {name: _imported(reader)(settings[name]) for name, reader in readers.items() if name in settings}
        return self.load()(**{**self.fixed, **settings, **read})

    def missing(self) -> list[str]:
        """The libraries that are not installed."""
        return [name for name in self.libraries if importlib.util.find_spec(name) is None]


def _imported(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def parameter(callee: Any, name: str) -> tuple[type[Any], Any]:
    """Type and default of a parameter of a function or class, as one option of a command line can hold it.

    Of a union, the first plain type counts: a parameter ``str | Surrogate`` takes a word.

    >>> def paint(wall: str, coats: int | None = 2) -> None: ...
    >>> parameter(paint, "coats")
    (<class 'int'>, 2)
    """
    found = inspect.signature(callee, eval_str=True).parameters[name]
    hint = found.annotation
    union = isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union
    kinds = [k for k in (typing.get_args(hint) if union else (hint,)) if k in (bool, int, float, str)]
    return (kinds or [str])[0], found.default


def accepts(callee: Any, name: str) -> bool:
    """Whether a function or class has a parameter of this name."""
    return name in inspect.signature(callee).parameters
