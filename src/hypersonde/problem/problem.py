"""`HpProblem`: named parameters, conditions, forbidden clauses, constraints, starting points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from ConfigSpace import ConfigurationSpace
from ConfigSpace.exceptions import ForbiddenValueError
from ConfigSpace.hyperparameters import Hyperparameter

from hypersonde.errors import InvalidInput
from hypersonde.problem.encoding import Config, Constraint, Encoding
from hypersonde.problem.shorthand import MISSING, hyperparameter


class HpProblem:
    """A search space that reads like the sentence one would say.

    Parameters
    ----------
    space : a mapping of names to short spellings (see `hypersonde.problem.shorthand`), a ready ConfigSpace
        ``ConfigurationSpace``, or nothing: an empty problem to add to.

    Examples
    --------
    >>> problem = HpProblem()
    >>> _ = problem.add_hyperparameter((10, 300), "n_estimators")
    >>> _ = problem.add_hyperparameter(["gini", "entropy"], "criterion")
    >>> problem.add_starting_point(n_estimators=100, criterion="gini")
    >>> print(problem)
    Configuration space object:
      Hyperparameters:
        criterion, Type: Categorical, Choices: {gini, entropy}, Default: gini
        n_estimators, Type: UniformInteger, Range: [10, 300], Default: 155
    <BLANKLINE>
    Starting Point:
    {0: {'criterion': 'gini', 'n_estimators': 100}}
    """

    def __init__(self, space: ConfigurationSpace | Mapping[str, Any] | None = None) -> None:
        if not isinstance(space, Mapping | None):
            raise InvalidInput(
                f"a problem is made from a mapping of names to ranges, a ConfigurationSpace, or nothing; "
                f"got {type(space).__name__} {space!r}. Use HpProblem({{'depth': (1, 10)}})."
            )
        ready = isinstance(space, ConfigurationSpace)
        self.space: ConfigurationSpace = space if isinstance(space, ConfigurationSpace) else ConfigurationSpace()
        self._parts = [*self.space.values(), *self.space.conditions, *self.space.forbidden_clauses]
        self._constraints: list[Constraint] = []
        self._starting_points: list[dict[str, Any]] = []
        for name, value in ({} if ready or space is None else space).items():
            self.add_hyperparameter(value, name)

    # -- building ------------------------------------------------------------------------------------

    def add_hyperparameter(
        self, value: Any, name: Any = None, default_value: Any = MISSING
    ) -> Hyperparameter[Any, Any]:
        """Add a parameter: ``add_hyperparameter((1, 10), "depth")``. Returns the ConfigSpace hyperparameter.

        The name may stand first too, and may be left out when `value` is a ConfigSpace hyperparameter.

        Raises
        ------
        InvalidInput : an invalid range, an empty list, a name that exists or is not a string.
        """
        value, name = _ordered(value, name)
        if name in self.space:
            raise InvalidInput(f"parameter {name!r} exists already. Give the new one another name.")
        parameter = hyperparameter(name, value, default_value)
        self._add(parameter)
        return parameter

    def add_dim(self, name: Any, value: Any, default: Any = MISSING) -> Hyperparameter[Any, Any]:
        """The same with the name first: ``add_dim("depth", (1, 10))``."""
        return self.add_hyperparameter(value, name, default)

    def add(self, *parts: Any) -> None:
        """Add ConfigSpace objects as they are: hyperparameters, conditions, forbidden clauses."""
        for part in parts:
            self._add(part)

    def add_condition(self, condition: Any) -> None:
        """Make a parameter depend on another, with a condition of ConfigSpace."""
        self._add(condition)

    def add_forbidden_clause(self, clause: Any) -> None:
        """Rule out combinations, with a forbidden clause of ConfigSpace."""
        self._add(clause)

    def add_constraint(self, allowed: Callable[[dict[str, Any]], bool]) -> None:
        """Only configurations for which ``allowed(config)`` is true are tried."""
        if not callable(allowed):
            raise InvalidInput(f"a constraint is a function of a configuration, got {allowed!r}.")
        self._refuse_after_starting_points(f"constraint {allowed!r}")
        self._constraints.append(allowed)
        self.__dict__.pop("encoding", None)

    def add_starting_point(self, **dims: Any) -> None:
        """A configuration to evaluate before anything else; checked at once.

        Raises
        ------
        InvalidInput : the point is not in the space.
        """
        self._starting_points.append(self.check(dims, "starting point"))

    # -- reading -------------------------------------------------------------------------------------

    @property
    def starting_points(self) -> tuple[dict[str, Any], ...]:
        """All starting points, in the order in which they were added."""
        return tuple(dict(point) for point in self._starting_points)

    @property
    def starting_point(self) -> dict[str, Any] | None:
        """The first starting point, or None."""
        return dict(self._starting_points[0]) if self._starting_points else None

    @cached_property
    def encoding(self) -> Encoding:
        """The encoded view that samplers and models work on.

        Raises
        ------
        InvalidInput : the space is empty.
        """
        if not len(self.space):
            raise InvalidInput(
                "the search space is empty. Add a parameter: problem.add_hyperparameter((1, 10), 'depth')."
            )
        return Encoding(self.space, self._constraints)

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters' names, in the order of the encoded columns."""
        return tuple(self.space)

    def check(self, config: Config, what: str = "configuration") -> dict[str, Any]:
        """The configuration as plain Python values, when it is in the space.

        Raises
        ------
        InvalidInput : it is not; says why.
        """
        complaint = self.encoding.complaint(config)
        if complaint:
            raise InvalidInput(f"{what} {config!r}: {complaint}.")
        return self.encoding.plain(config)

    def describe(self) -> str:
        """The space in ConfigSpace's layout, with the number of constraint functions."""
        text = str(self.space).rstrip("\n")
        return text + (f"\n  Constraints: {len(self._constraints)}" if self._constraints else "")

    def __str__(self) -> str:
        points = {i: dict(sorted(point.items())) for i, point in enumerate(self._starting_points)}
        return self.describe() + (f"\n\nStarting Point:\n{points}" if points else "")

    def __repr__(self) -> str:
        return f"HpProblem({len(self.space)} parameters, {len(self._starting_points)} starting points)"

    # -- inside --------------------------------------------------------------------------------------

    def _add(self, part: Any) -> None:
        self._refuse_after_starting_points(str(part))
        try:
            self.space.add(part)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            self.space = ConfigurationSpace()  # a refused part stays in the old one
            self.space.add(*self._parts)
            raise _refused(part, error) from error
        self._parts.append(part)
        self.__dict__.pop("encoding", None)

    def _refuse_after_starting_points(self, what: str) -> None:
        if self._starting_points:
            raise InvalidInput(
                f"{what}: comes after a starting point, which was checked without it. "
                f"Add parameters, conditions, clauses and constraints first, starting points last."
            )


def _refused(part: Any, error: Exception) -> InvalidInput:
    """What ConfigSpace has against `part`, in one line."""
    if isinstance(error, ForbiddenValueError):
        return InvalidInput(
            f"{part}: rules out the default configuration. Give the parameters in it defaults that are "
            f"allowed: add_hyperparameter(value, name, default_value=...)."
        )
    reason = str(error.args[0] if error.args else error).splitlines()[0].rstrip(".")
    return InvalidInput(f"{part}: ConfigSpace refuses it: {reason}.")


def _ordered(value: Any, name: Any) -> tuple[Any, str]:
    """Both orders of (value, name) are in use; the name is the second when both are strings."""
    if name is None and isinstance(value, Hyperparameter):
        return value, value.name
    value, name = (value, name) if isinstance(name, str) else (name, value)
    if not isinstance(name, str) or not name:
        raise InvalidInput(
            f"a parameter needs a name, a string that is not empty, beside its range: "
            f"add_hyperparameter((1, 10), 'depth'). Got {name!r} and {value!r}."
        )
    return value, name
