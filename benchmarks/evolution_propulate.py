"""Propulate's default propagator on the same tasks, in its own environment (propulate 1.2.2, mpi4py).

    PYTHON evolution_propulate.py quality --evaluations 1000 --workers 1 64 --seeds 10
    PYTHON evolution_propulate.py cost --sizes 1000 10000 100000

Prints one JSON list. The breeding population is twice the number of workers, as in Propulate's tutorials, 10 at least.
"""

from __future__ import annotations

import argparse
import json
import random
import time

import numpy as np
from evolution_tasks import FUNCTIONS, D, least, search
from propulate.population import Individual
from propulate.utils import get_default_propagator


class Peer:
    """Breeds from all individuals evaluated so far, one rank's way of doing it."""

    def __init__(self, low: float, high: float, pop_size: int, seed: int) -> None:
        self.limits = {f"x{i}": (low, high) for i in range(D)}
        self.propagator = get_default_propagator(pop_size, self.limits, rng=random.Random(seed))
        self.population: list[Individual] = []
        self.bred = 0

    def ask(self) -> tuple[Individual, np.ndarray]:
        individual = self.propagator([i for i in self.population if i.active])
        individual.generation, individual.rank, individual.active, individual.island = self.bred, 0, True, 0
        self.bred += 1
        return individual, np.array([individual[name] for name in self.limits])

    def tell(self, individual: Individual, value: float) -> None:
        individual.loss = value
        self.population.append(individual)


def quality(evaluations: int, workers: list[int], seeds: int) -> list[dict]:
    rows = []
    for w in workers:
        for name, (loss, low, high) in FUNCTIONS.items():
            for seed in range(seeds):
                peer, begun = Peer(low, high, max(10, 2 * w), seed), time.process_time()
                best = search(peer.ask, peer.tell, loss, evaluations, w, seed)
                cpu = 1e3 * (time.process_time() - begun) / evaluations
                rows.append(
                    {"who": "propulate", "function": name, "workers": w, "seed": seed, "best": best, "cpu_ms": cpu}
                )
    return rows


def cost(sizes: list[int]) -> list[dict]:
    rows = []
    for n in sizes:
        peer, rng = Peer(-5.0, 5.0, 32, 0), np.random.default_rng(0)
        for x in rng.uniform(-5.0, 5.0, (n, D)).tolist():
            individual = Individual(dict(zip(peer.limits, x, strict=True)), peer.limits)
            individual.active = True
            peer.tell(individual, float(rng.random()))

        def turn(peer: Peer = peer, rng: np.random.Generator = rng) -> None:
            individual, _ = peer.ask()
            peer.tell(individual, float(rng.random()))

        rows.append({"who": "propulate", "n": n, "cpu_ms": least(turn, max(20, 200_000 // n))})
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["quality", "cost"])
    parser.add_argument("--evaluations", type=int, default=1000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    a = parser.parse_args()
    print(json.dumps(quality(a.evaluations, a.workers, a.seeds) if a.what == "quality" else cost(a.sizes)))
