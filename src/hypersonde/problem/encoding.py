"""Configurations <-> arrays: the one place where a dict becomes a row that models can read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from ConfigSpace import ConfigurationSpace

from hypersonde.columns import Array, Columns, Mask
from hypersonde.errors import InvalidInput, unknown
from hypersonde.problem.codec import Codec
from hypersonde.problem.codecs import codec
from hypersonde.problem.logic import Compiler, Rule
from hypersonde.problem.numeric import within
from hypersonde.problem.reals import Reals

Config = Mapping[str, Any]
"""A configuration: active parameters and their values."""

Constraint = Callable[[dict[str, Any]], bool]
"""A user's predicate on configurations: True where the configuration may be tried."""

_MOST_DRAWS = 100_000
"""Draws without an allowed configuration after which a space counts as empty."""


class Encoding:
    """The encoded view of a search space; see `Columns` for what an encoded row is.

    Built once per problem and immutable. All methods are vectorised over rows.
    """

    def __init__(self, space: ConfigurationSpace, constraints: Sequence[Constraint] = ()) -> None:
        self._codecs: dict[str, Codec] = {name: codec(space[name]) for name in space}
        self._reals = Reals(self._codecs)
        self._every = list(enumerate(self._codecs.items()))
        self._others = [(j, item) for j, item in self._every if j not in self._reals.at]
        compiler = Compiler(self._codecs)
        self._conditions: list[tuple[int, Rule]] = []
        for j, name in enumerate(self._codecs):
            conditions = space.parent_conditions_of[name]
            if conditions:
                self._conditions.append((j, compiler.active_when(conditions)))
        self._forbidden = [compiler.forbidden(clause) for clause in space.forbidden_clauses]
        self._constraints = tuple(constraints)
        self._default = self.encode([{name: space[name].default_value for name in self._codecs}])[0]
        self.columns = Columns(
            names=tuple(self._codecs),
            categorical=np.array([c.categorical for c in self._codecs.values()], dtype=np.bool_),
            levels=np.array([c.levels for c in self._codecs.values()], dtype=np.int64),
            growth=np.array([c.growth for c in self._codecs.values()], dtype=np.float64),
        )

    @property
    def conditional(self) -> bool:
        """Whether some parameter is active only under a condition."""
        return bool(self._conditions)

    @property
    def constrained(self) -> bool:
        """Whether there are forbidden clauses or constraint functions."""
        return bool(self._forbidden or self._constraints)

    @property
    def default(self) -> Array:
        """(D,) encoded default values of all parameters, active or not."""
        return np.array(self._default)

    def encode(self, configs: Sequence[Config]) -> Array:
        """(n, D) rows of n configurations with legal values; what is absent is inactive, hence NaN."""
        together = len(configs) > 0 and all(map(self._reals.within, configs))
        if together and not self._others:
            return self._reals.encode(configs)
        X = np.full((len(configs), len(self._codecs)), np.nan)
        if together:
            X[:, self._reals.at] = self._reals.encode(configs)
        for j, (name, c) in self._others if together else self._every:
            values = [config[name] for config in configs if name in config]
            if len(values) == len(configs):
                X[:, j] = c.encode(values)
            elif values:
                X[[name in config for config in configs], j] = c.encode(values)
        return X

    def place(self, configs: Sequence[Config]) -> Array:
        """(n, D) rows of n configurations of another space, by the names of the parameters.

        Numbers keep their distance, up to one range outside [0, 1]; what is absent or means nothing here is NaN.
        """
        rows = [[c.place(config[n]) if n in config else np.nan for n, c in self._codecs.items()] for config in configs]
        return np.array(rows, dtype=np.float64).reshape(len(configs), len(self._codecs))

    def decode(self, X: Array) -> list[dict[str, Any]]:
        """n configurations of (n, D) rows: plain Python values, inactive parameters left out."""
        active = ~np.isnan(X)
        if active.all() and not self._others:
            return [dict(zip(self._codecs, row, strict=True)) for row in self._reals.decode(X).tolist()]
        if active.all():
            numbers = self._reals.decode(X[:, self._reals.at]).T.tolist()
            columns = dict(zip(self._reals.at.tolist(), numbers, strict=True))
            columns.update((j, c.decode(X[:, j])) for j, (_, c) in self._others)
            values = zip(*(columns[j] for j, _ in self._every), strict=True)
            return [dict(zip(self._codecs, row, strict=True)) for row in values]
        configs: list[dict[str, Any]] = [{} for _ in range(len(X))]
        for j, (name, c) in enumerate(self._codecs.items()):
            rows = np.flatnonzero(active[:, j])
            for i, value in zip(rows, c.decode(X[rows, j]), strict=True):
                configs[i][name] = value
        return configs

    def snap(self, X: Array) -> Array:
        """(n, D) rows moved to the nearest legal positions, column by column; NaN stays."""
        if not self._others:
            return within(X, 0.0, 1.0)
        out = X.copy()
        out[:, self._reals.at] = within(X[:, self._reals.at], 0.0, 1.0)
        for j, (_, c) in self._others:
            rows = ~np.isnan(X[:, j])
            out[rows, j] = c.snap(X[rows, j])
        return out

    def activate(self, X: Array) -> Array:
        """(n, D) rows with the conditions applied: inactive columns NaN, newly active ones at their default."""
        gaps = np.isnan(X)
        out = np.where(gaps, self._default, X) if gaps.any() else X.copy()
        for j, active in self._conditions:
            out[~active(out), j] = np.nan
        return out

    def active(self, X: Array) -> Mask:
        """(n, D) mask of the columns that are active in each row."""
        return ~np.isnan(self.activate(X))

    def allowed(self, X: Array) -> Mask:
        """(n,) mask of the rows that no forbidden clause and no constraint function rules out."""
        ok = np.ones(len(X), dtype=np.bool_)
        for rule in self._forbidden:
            ok &= ~rule(X)
        if self._constraints:
            rows = np.flatnonzero(ok)
            ok[rows] = [all(_holds(f, c) for f in self._constraints) for c in self.decode(X[rows])]
        return ok

    def from_unit(self, U: Array) -> Array:
        """(n, D) rows for draws `U` from the unit cube, under the priors; may hold forbidden rows."""
        X = U.copy()
        for j, (_, c) in self._others:
            X[:, j] = c.quantile(U[:, j])
        return self.activate(X) if self._conditions else X

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """(n, D) allowed rows drawn from the priors.

        Raises
        ------
        InvalidInput : the constraints leave (next to) nothing of the space.
        """
        X = self.from_unit(rng.random((n, len(self.columns))))
        if not self.constrained:
            return X
        good, drawn, lot = X[self.allowed(X)], 0, max(n, 16)
        while len(good) < n:
            X = self.from_unit(rng.random((lot, len(self.columns))))
            good = np.concatenate([good, X[self.allowed(X)]])
            drawn, lot = drawn + lot, min(2 * lot, 4096)
            if drawn > _MOST_DRAWS * max(1, len(good)):
                raise InvalidInput(
                    f"the forbidden clauses and constraints rule out nearly all of the space: {len(good)} allowed "
                    f"configurations in {drawn:,} draws. Loosen them, or narrow the ranges to what is allowed."
                )
        return good[:n]

    def keys(self, X: Array) -> list[bytes]:
        """n hashable keys, equal where (n, D) rows are the same configuration to 12 decimals."""
        rounded = X.round(12) + 0.0
        gaps = np.isnan(rounded)
        if gaps.any():
            rounded[gaps] = np.nan
        raw, width = rounded.tobytes(), 8 * X.shape[1]
        if not width:
            return [raw] * len(X)
        return [raw[i : i + width] for i in range(0, len(raw), width)]

    def cardinality(self) -> float:
        """How many configurations there are when nothing is forbidden or inactive; inf with a continuum."""
        levels = self.columns.levels
        return float(np.prod(levels, dtype=np.float64)) if np.all(levels > 0) else np.inf

    def plain(self, config: Config) -> dict[str, Any]:
        """A legal configuration with plain Python values, exactly, in the order of the columns."""
        return {name: c.plain(config[name]) for name, c in self._codecs.items() if name in config}

    def complaint(self, config: Config) -> str | None:
        """Why a configuration is not in the space, in one line; None when it is."""
        if not isinstance(config, Mapping):
            return f"expected a dict of names and values, got {type(config).__name__}"
        for name, value in config.items():
            if name not in self._codecs:
                return str(unknown("parameter", name, self._codecs)).rstrip(".")
            if not self._codecs[name].legal(value):
                return f"{name!r} is {value!r}, expected {self._codecs[name].expects()}"
        X = self.encode([config])
        active = self.active(X)[0]
        for j, name in enumerate(self._codecs):
            if active[j] and name not in config:
                return f"{name!r} is missing, expected {self._codecs[name].expects()}"
            if not active[j] and name in config:
                return f"{name!r} is given but its condition does not hold"
        return None if self.allowed(X)[0] else "a forbidden clause or constraint rules it out"


def _holds(constraint: Constraint, config: dict[str, Any]) -> bool:
    try:
        return bool(constraint(config))
    except Exception as error:
        name = getattr(constraint, "__name__", repr(constraint))
        raise InvalidInput(
            f"the constraint {name} raised {type(error).__name__}: {error} for {config!r}. "
            f"It must answer for every configuration; inactive parameters are absent from it."
        ) from error
