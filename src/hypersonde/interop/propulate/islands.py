"""`Islands`: evolution on several islands, with migration."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hypersonde.errors import InvalidInput
from hypersonde.evaluators import Evaluator
from hypersonde.interop.propulate.default import Propagator
from hypersonde.interop.propulate.operators import SelectMax, SelectMin
from hypersonde.interop.propulate.propulator import Propulator
from hypersonde.pruners import Pruner
from hypersonde.samplers import Islands as IslandsSampler

__all__ = ["Islands"]


class Islands(Propulator):
    """A `Propulator` whose trials are shared out over islands. Any rank may breed for any island.

    Parameters
    ----------
    num_islands : how many; as many as there are `island_sizes` when these are given.
    island_sizes : shares of the evaluations.
    migration_topology : how many go from the island of the row to that of the column; by default one to each other.
    migration_probability : of a migration, with each trial; also as ``migration_prob``.
    emigration_propagator, immigration_propagator : `SelectMin`, `SelectMax` or `SelectUniform`: who goes, and with
        pollination whom a copy replaces. The default, the worst, is what samplers that keep the best do anyway.
    pollination : whether copies go.

    The others are those of `Propulator`.
    """

    def __init__(
        self,
        loss_fn: Callable[..., Any],
        propagator: Propagator,
        rng: random.Random | None = None,
        generations: int = 0,
        num_islands: int = 1,
        island_sizes: Sequence[float] | None = None,
        migration_topology: Any = None,
        migration_probability: float = 0.0,
        emigration_propagator: Any = SelectMin,
        immigration_propagator: Any = SelectMax,
        pollination: bool = True,
        checkpoint_path: str | Path = Path(),
        ranks_per_worker: int = 1,
        surrogate_factory: Callable[[], Pruner] | None = None,
        *,
        migration_prob: float | None = None,
        evaluator: Evaluator | None = None,
    ) -> None:
        sizes = [] if island_sizes is None else np.asarray(island_sizes, dtype=float).tolist()
        replaced = immigration_propagator if pollination and immigration_propagator is not SelectMax else None
        sampler = IslandsSampler(
            len(sizes) or num_islands,
            [propagator.sampler],
            sizes=sizes,
            topology="full" if migration_topology is None else np.asarray(migration_topology).tolist(),
            migration_prob=migration_probability if migration_prob is None else migration_prob,
            exchange="copy" if pollination else "move",
            emigration=_policy(emigration_propagator),
            immigration="none" if replaced is None else _policy(replaced),
        )
        super().__init__(
            loss_fn,
            Propagator(propagator.problem, sampler),
            rng,
            generations=generations,
            checkpoint_path=checkpoint_path,
            ranks_per_worker=ranks_per_worker,
            surrogate_factory=surrogate_factory,
            evaluator=evaluator,
        )


def _policy(selection: Any) -> str:
    policy = getattr(selection, "policy", None)
    if not isinstance(policy, str):
        raise InvalidInput(f"who migrates: got {selection!r}, expected SelectMin, SelectMax or SelectUniform.")
    return policy
