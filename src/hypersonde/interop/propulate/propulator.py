"""`Propulator`: evolution in one population."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hypersonde.evaluators import Evaluator
from hypersonde.interop.propulate.default import Propagator
from hypersonde.interop.propulate.individual import Individual
from hypersonde.interop.propulate.running import Loss, Run
from hypersonde.pruners import Pruner
from hypersonde.samplers import Sampler
from hypersonde.study.log import logger
from hypersonde.trials import History, State

__all__ = ["Propulator", "best_of_islands"]


class Propulator:
    """Minimizes a loss function. Under ``mpirun`` every rank is a worker; without, this process is the only one.

    Parameters
    ----------
    loss_fn : takes a dict of parameters, and a communicator when ranks evaluate together; returns a loss, or yields
        losses, the last of which counts.
    propagator : the space and what searches it, see `get_default_propagator`.
    rng : gives the seed of a new search.
    generations : evaluations of each worker; below 0 until it is interrupted.
    checkpoint_path : directory of the log; a search that is there already goes on.
    ranks_per_worker : ranks that evaluate together.
    surrogate_factory : makes a pruner, which stops loss functions that yield: ``Median``.
    evaluator : where to run in place of this process: threads, processes, Ray ...
    """

    def __init__(
        self,
        loss_fn: Callable[..., Any],
        propagator: Propagator,
        rng: random.Random | None = None,
        *,
        generations: int = -1,
        checkpoint_path: str | Path = Path(),
        ranks_per_worker: int = 1,
        surrogate_factory: Callable[[], Pruner] | None = None,
        evaluator: Evaluator | None = None,
    ) -> None:
        self._run = Run(
            Loss(loss_fn),
            propagator.problem,
            rng or random.Random(),
            generations,
            Path(checkpoint_path),
            ranks_per_worker,
            None if surrogate_factory is None else surrogate_factory(),
            evaluator,
        )
        self.sampler: Sampler = propagator.sampler
        self.history: History | None = None

    def propulate(self, logging_interval: int = 10, debug: int = 1) -> None:
        """Search. What is logged, and how much, is up to `logging`: both arguments are taken and not needed."""
        self.history = self._run.search(self.sampler)

    def evolve(self, top_n: int = 1, logging_interval: int = 10, debug: int = 1) -> list[list[Individual]] | None:
        """`propulate`, then `summarize`."""
        self.propulate(logging_interval, debug)
        return self.summarize(top_n, debug)

    def summarize(self, top_n: int = 1, debug: int = 1) -> list[list[Individual]] | None:
        """The best of each island, best first; None on a rank that only helped to evaluate, or before a search."""
        if self.history is None:
            return None
        islands = best_of_islands(self.history, top_n)
        for i, best in enumerate(islands):
            for place, individual in enumerate(best, 1):
                logger.info("island %d, (%d): %s", i, place, individual)
        return islands


def best_of_islands(history: History, top_n: int) -> list[list[Individual]]:
    """The `top_n` lowest losses of each island, in one pass over the trials."""
    heaps: dict[int, list[tuple[float, int]]] = {}
    for trial in history:
        if trial.state is not State.COMPLETE:
            continue
        heap = heaps.setdefault(int(trial.why.get("island", 0)), [])
        entry = (-trial.values[0], -trial.number)
        if len(heap) < top_n:
            heapq.heappush(heap, entry)
        elif top_n:
            heapq.heappushpop(heap, entry)
    return [_individuals(history, heaps.get(i, [])) for i in range(max(heaps, default=-1) + 1)]


def _individuals(history: History, heap: Sequence[tuple[float, int]]) -> list[Individual]:
    return [Individual(history[-number]) for _, number in sorted(heap, reverse=True)]
