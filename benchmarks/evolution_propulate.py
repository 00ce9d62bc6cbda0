"""What breeding costs in Propulate 1.2.2, in its own environment; prints one JSON list.

PYTHON evolution_propulate.py --sizes 1000 10000 100000
"""

from __future__ import annotations

import argparse
import json

import numpy as np
from evolution_peers import PEERS
from evolution_tasks import D, least
from propulate.population import Individual


def cost(sizes: list[int]) -> list[dict]:
    rows = []
    space = [{"name": f"x{i}", "type": "float", "low": -5.0, "high": 5.0} for i in range(D)]
    for n in sizes:
        peer, rng = PEERS["propulate"](space, 2 * n, 1, 0), np.random.default_rng(0)
        for x in rng.uniform(-5.0, 5.0, (n, D)).tolist():
            individual = Individual(dict(zip(peer.limits, x, strict=True)), peer.limits)
            individual.active, individual.loss = True, float(rng.random())
            peer.population.append(individual)

        def turn(peer=peer, rng=rng) -> None:
            individual, _ = peer.ask()
            peer.tell(individual, float(rng.random()))

        rows.append({"who": "propulate", "n": n, "cpu_ms": least(turn, max(20, 200_000 // n))})
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000, 100_000])
    print(json.dumps(cost(parser.parse_args().sizes)))
