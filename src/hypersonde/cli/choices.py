"""The words of the command line for samplers and evaluators: one table each, nothing loaded until it is chosen."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hypersonde.errors import missing_extra


@dataclass(frozen=True, slots=True)
class Flag:
    """An option that sets one parameter of a sampler; type and default are those of the parameter.

    Attributes
    ----------
    option : as typed, ``--surrogate-model``.
    parameter : of the sampler's class, ``surrogate``.
    help : one sentence for ``--help``.
    """

    option: str
    parameter: str
    help: str


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
    """

    name: str
    place: str
    summary: str
    flags: tuple[Flag, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)
    libraries: tuple[str, ...] = ()
    extra: str = ""

    def load(self) -> type[Any]:
        """The class; imported now.

        Raises
        ------
        MissingExtra : a library that it needs is not installed.
        """
        for library in self.missing():
            raise missing_extra(library, self.extra, f"{self.name!r}")
        module, _, name = self.place.partition(":")
        found: type[Any] = getattr(importlib.import_module(module), name)
        return found

    def build(self, settings: Mapping[str, Any]) -> Any:
        """An object of the class."""
        return self.load()(**{**self.fixed, **settings})

    def missing(self) -> list[str]:
        """The libraries that are not installed."""
        return [name for name in self.libraries if importlib.util.find_spec(name) is None]


SAMPLERS: Final[Mapping[str, Choice]] = {
    choice.name: choice
    for choice in (
        Choice(
            "auto",
            "hypersonde.samplers.auto:Auto",
            "The recommended search: chooses for itself, whatever the space.",
            (Flag("--initial-points", "initial", "Evaluations before its model is asked; by default, chosen itself."),),
        ),
        Choice(
            "ambs",
            "hypersonde.samplers:AMBS",
            "Asynchronous model-based search: a surrogate model chooses what looks best.",
            (
                Flag("--surrogate-model", "surrogate", "Model of the objective: RF, ET, GBRT, GP or DUMMY (random)."),
                Flag("--acq-func", "acquisition", "Acquisition function: LCB, EI, PI or gp_hedge."),
                Flag("--kappa", "kappa", "Exploration in LCB: higher explores more."),
                Flag("--xi", "xi", "Improvement that EI and PI look for; higher explores more."),
                Flag("--liar-strategy", "liar", "Value assumed for what still runs: cl_max, cl_min or cl_mean."),
                Flag("--initial-points", "initial_points", "Results to wait for before the model takes over."),
            ),
        ),
        Choice("random", "hypersonde.samplers:Random", "Random search over the priors of the space."),
        Choice(
            "ga",
            "hypersonde.samplers:GA",
            "Genetic search: parents are selected, crossed and mutated, without generations.",
            (
                Flag("--pop-size", "pop_size", "How many of the best trials may breed."),
                Flag("--mate-prob", "mate_prob", "Probability of mixing two parents."),
                Flag("--mut-prob", "mut_prob", "Probability that a mixed child mutates, too."),
                Flag("--random-prob", "random_prob", "Probability of a draw from the whole space instead."),
                Flag("--rivals", "rivals", "How many compete to become a parent."),
                Flag("--sigma", "sigma", "Size of a mutation, as a share of a parameter's range."),
            ),
        ),
        Choice(
            "grid",
            "hypersonde.samplers:Grid",
            "Every combination of evenly spaced values, spread over the space first.",
            (Flag("--resolution", "resolution", "Values of each number; integers with fewer have all of them."),),
        ),
        Choice(
            "sobol", "hypersonde.samplers:QuasiRandom", "A Sobol sequence: covers the space more evenly than chance."
        ),
        Choice(
            "halton",
            "hypersonde.samplers:QuasiRandom",
            "A Halton sequence: the same with other points.",
            fixed={"sequence": "halton"},
        ),
        Choice(
            "lhs",
            "hypersonde.samplers:QuasiRandom",
            "Latin hypercubes: every parameter evenly spread over its range.",
            (Flag("--points", "points", "Configurations in one hypercube."),),
            fixed={"sequence": "lhs"},
        ),
    )
}
"""Samplers by name: the commands of ``hypersonde hps``."""

EVALUATORS: Final[Mapping[str, Choice]] = {
    choice.name: choice
    for choice in (
        Choice(
            "serial", "hypersonde.evaluators:SerialEvaluator", "One after the other in this process; for debugging."
        ),
        Choice("thread", "hypersonde.evaluators:ThreadEvaluator", "Threads of this process; for quick run functions."),
        Choice("process", "hypersonde.evaluators:ProcessEvaluator", "Worker processes that are used again."),
        Choice("subprocess", "hypersonde.evaluators:SubprocessEvaluator", "A fresh process for every evaluation."),
    )
}
"""Evaluators by name: the words for ``--evaluator``."""


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
