"""Four ranks without a manager beside Propulate: evaluations per second, bytes per message, cost of breeding.

python benchmarks/islands.py rate --peer PYTHON     # a Python with propulate and mpich, its own environment
python benchmarks/islands.py messages
python benchmarks/islands.py cost
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

OURS = """
import json, random, sys, time
from mpi4py import MPI
from hypersonde.interop.propulate import Islands, get_default_propagator
def loss(params):
    return sum(x * x for x in params.values())
limits = {f"x{i}": (-5.12, 5.12) for i in range(10)}
rng = random.Random(42 + MPI.COMM_WORLD.rank)
propagator = get_default_propagator(2 * MPI.COMM_WORLD.size, limits, 0.7, 0.4, 0.1, rng=rng)
islands = Islands(loss, propagator, rng, generations=int(sys.argv[2]), num_islands=2, migration_probability=0.1,
                  checkpoint_path=sys.argv[1])
MPI.COMM_WORLD.Barrier()
wall, cpu = time.perf_counter(), time.process_time()
islands.propulate(logging_interval=10**9, debug=0)
MPI.COMM_WORLD.Barrier()
wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
best = min(ind.loss for island in islands.summarize(1) for ind in island)
cpus = MPI.COMM_WORLD.gather(cpu)
if MPI.COMM_WORLD.rank == 0:
    print(json.dumps({"wall": wall, "cpu": sum(cpus), "best": best, "evals": int(sys.argv[2]) * MPI.COMM_WORLD.size}))
"""

THEIRS = OURS.replace(
    "from hypersonde.interop.propulate import Islands, get_default_propagator",
    "from propulate import Islands\nfrom propulate.utils import get_default_propagator",
).replace(
    "best = min(ind.loss for island in islands.summarize(1) for ind in island)",
    "best = min(ind.loss for ind in islands.propulator.population)",
)

COUNTING = """
import json, sys
from pathlib import Path
from contextlib import ExitStack
from hypersonde import HpProblem, Study
from hypersonde.evaluators import SerialEvaluator
from hypersonde.samplers import GA, Islands
from hypersonde.study.ranks import take_seat
from hypersonde.trials import Metric
with ExitStack() as stack:
    seat = take_seat(stack, Path(sys.argv[1]))
    problem = HpProblem({f"x{i}": (-5.12, 5.12) for i in range(10)})
    study = Study(problem, lambda c: sum(x * x for x in c.values()), metrics=Metric("loss", "minimize"),
                  sampler=Islands(2, [GA(8)], migration_prob=0.1), storage=seat.storage, seed=1)
    study.run(int(sys.argv[2]) * seat.size, evaluator=SerialEvaluator())
    sent = seat.storage.transport
    if seat.rank == 0:
        print(json.dumps({"messages": sent.sent_messages, "bytes": sent.sent_bytes}))
"""


def ran(python, script, ranks, *arguments):
    """What a script printed last, run by `python` on so many ranks, with modules compiled as installed ones are."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "script.py").write_text(script)
        command = [str(Path(python).parent / "mpirun"), "-n", str(ranks), python, "script.py", f"{place}/log"]
        done = subprocess.run(
            [*command, *map(str, arguments)], cwd=place, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr[-2000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


def rate(peer, generations, repeats):
    """Both in turns, so that a busy machine is busy for both."""
    sides = {"hypersonde": (sys.executable, OURS)} | ({"propulate": (peer, THEIRS)} if peer else {})
    found = {name: [] for name in sides}
    for _ in range(repeats):
        for name, (python, script) in sides.items():
            found[name].append(ran(python, script, 4, generations))
    for name, runs in found.items():
        evals = runs[0]["evals"]
        rates = sorted(evals / run["wall"] for run in runs)
        cpu, best = (median(run[what] for run in runs) for what in ("cpu", "best"))
        print(
            f"{name:<11} {evals} evaluations: {median(rates):.0f}/s ({rates[0]:.0f} to {rates[-1]:.0f}), "
            f"{1000 * cpu / evals:.2f} ms CPU each, best loss {best:.2g}"
        )


def messages(generations):
    sent = ran(sys.executable, COUNTING, 4, generations)
    print(
        f"{generations} evaluations of rank 0, 10 floats: {sent['messages']} messages, "
        f"{sent['bytes'] / sent['messages']:.0f} bytes each, {sent['bytes'] / generations:.0f} bytes per evaluation"
    )


def cost():
    """CPU of one suggestion with its two events, as a rank tells and folds them, by size of the history.

    The fastest of ten blocks: what else the machine does is not the question.
    """
    import numpy as np

    from hypersonde import HpProblem
    from hypersonde.samplers import GA, Islands
    from hypersonde.storage import Header
    from hypersonde.storage.homes import Memories
    from hypersonde.storage.replicated import ReplicatedStorage
    from hypersonde.storage.transport import Alone
    from hypersonde.trials import History, Metric

    problem = HpProblem({f"x{i}": (-5.12, 5.12) for i in range(10)})
    for exchange in ("copy", "move"):
        sampler = Islands(4, [GA(16)], migration_prob=0.1, exchange=exchange)
        history, storage = History(problem, [Metric("loss", "minimize")]), ReplicatedStorage(Memories(), Alone())
        storage.open(Header("s", {}))
        for size in (1_000, 10_000, 100_000) if exchange == "copy" else (1_000, 10_000):
            X = problem.encoding.decode(problem.encoding.sample(size - len(history) - 500, np.random.default_rng(size)))
            for config in X:
                one(storage, history, config, {})
            sampler.suggest(history, 1, np.random.default_rng(0))  # what was told before is taken in at the first look
            blocks = []
            for block in range(10):
                begin = time.process_time()
                for i in range(50):
                    (suggestion,) = sampler.suggest(history, 1, np.random.default_rng([block, i, size]))
                    one(storage, history, suggestion.config, suggestion.why)
                blocks.append((time.process_time() - begin) / 50 * 1000)
            print(f"{exchange}, {size:>7}: {min(blocks):.3f} ms CPU", flush=True)


def one(storage, history, config, why):
    from hypersonde.trials import Finished, Started, State

    (born,) = storage.create([Started(-1, 0.0, config, "islands", why)])
    history.extend(storage.read())
    loss = sum(x * x for x in config.values())
    storage.append([Finished(born.number, 1.0, State.COMPLETE, (loss,))])
    history.extend(storage.read())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("rate", "messages", "cost"))
    parser.add_argument("--peer", help="a Python that has propulate and mpich")
    parser.add_argument("--generations", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    if given.what == "rate":
        rate(given.peer, given.generations, given.repeats)
    elif given.what == "messages":
        messages(given.generations)
    else:
        cost()
