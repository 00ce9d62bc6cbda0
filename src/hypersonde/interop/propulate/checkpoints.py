"""Checkpoints of Propulate as a history: pickled populations, read without running anything that is in them."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hypersonde.errors import InvalidInput
from hypersonde.interop.propulate.limits import problem_of
from hypersonde.problem import HpProblem
from hypersonde.study.evaluate import interpret
from hypersonde.study.log import logger
from hypersonde.trials import Event, Finished, History, Metric, Started, State

__all__ = ["has_checkpoints", "read_checkpoints"]

LOSS = Metric("loss", "minimize")


class _Kept:
    """What an individual of theirs is restored as: its attributes, and nothing that could be called."""

    limits: Mapping[str, Any]
    position: Any


_KNOWN: Mapping[tuple[str, str], Any] = {
    ("propulate.population", "Individual"): _Kept,
    ("propulate.propagators.pso", "Particle"): _Kept,
    ("builtins", "int"): int,
    ("builtins", "float"): float,
    ("builtins", "str"): str,
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    **{
        (f"numpy.{core}.multiarray", name): made.__reduce__()[0]
        for core in ("core", "_core")
        for name, made in (("_reconstruct", np.zeros(0)), ("scalar", np.float64(0.0)))
    },
}
"""All that a checkpoint may name."""


_DAMAGE = (ValueError, TypeError, AttributeError, LookupError, OverflowError, RecursionError, InvalidInput)
"""What the bytes of a torn file make `pickle` and numpy say."""


class _Refused(Exception):
    """A file names what no checkpoint needs."""


class _Reader(pickle.Unpickler):
    """Restores individuals, numbers, texts and arrays of numbers; refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _KNOWN[module, name]
        except KeyError:
            raise _Refused(f"it names {module}.{name}, which no checkpoint needs") from None


class _Torn(Exception):
    """A file ends before its end, or holds something else."""


@dataclass(frozen=True, slots=True)
class _Individual:
    """One of theirs, decoded: where it was bred, when it was evaluated, and what came of it."""

    limits: Mapping[str, tuple[Any, ...]]
    born: tuple[int, int, int]
    config: Mapping[str, Any]
    loss: float
    start: float
    end: float


def has_checkpoints(directory: Path) -> bool:
    """Whether Propulate has left populations there."""
    return bool(_islands(directory))


def read_checkpoints(directory: str | Path) -> History:
    """All individuals that the populations in a directory know, as trials in the order in which they ended.

    The space is that of their ``limits``. An individual that lives on several islands is one trial; its record says
    where it was bred: ``why["island"]``, ``why["rank"]``, ``why["generation"]``. A loss that is not finite is a failed
    trial. Individuals outside of the limits are left out, and a line in the log says how many there were. Of an
    island whose latest file is torn the one before it is read, ``island_0_ckpt.bkp``.

    Raises
    ------
    InvalidInput : there are none, a torn file without a whole one before it, a file that names what no checkpoint
        needs, islands with different limits.
    """
    place = Path(directory)
    found = [one for island in _islands(place) for one in _population(place, island)]
    if not found:
        raise InvalidInput(f"there are no checkpoints of Propulate in {place}: no file island_0_ckpt.pickle.")
    if any(one.limits != found[0].limits for one in found):
        raise InvalidInput(f"the checkpoints in {place} are of searches with different limits. Read them one by one.")
    problem = problem_of(found[0].limits)
    known = {one.born: one for one in sorted(found, key=lambda one: one.end)}
    inside = [one for one in known.values() if _fits(problem, one.config)]
    if len(inside) < len(known):
        logger.warning("%s: %d individuals outside of their limits are left out", place, len(known) - len(inside))
    history = History(problem, [LOSS])
    for number, one in enumerate(sorted(inside, key=lambda one: (one.end, one.born))):
        history.extend(_events(number, one))
    return history


def _islands(directory: Path) -> list[int]:
    names = [path.stem.split("_") for path in directory.glob("island_*_ckpt.*") if path.suffix in (".pickle", ".bkp")]
    return sorted({int(name[1]) for name in names if len(name) == 3 and name[1].isdigit()})


def _population(directory: Path, island: int) -> list[_Individual]:
    """The population of the latest whole file of an island."""
    torn = None
    for suffix in (".pickle", ".bkp"):
        path = directory / f"island_{island}_ckpt{suffix}"
        if not path.exists():
            continue
        try:
            population = _unpickled(path)
        except _Torn as error:
            torn = torn or InvalidInput(
                f"{path} is torn or no checkpoint of Propulate: {error}. There is no whole .bkp beside it; "
                f"move it away to read the other islands."
            )
            continue
        if torn is not None:
            logger.warning("%s is torn: island %d is read from %s", path.with_suffix(".pickle"), island, path.name)
        return population
    assert torn is not None
    raise torn


def _unpickled(path: Path) -> list[_Individual]:
    with open(path, "rb") as file:
        try:
            population = [_decoded(kept) for kept in _Reader(file).load()]
            if population:
                problem_of(population[0].limits)
        except _Refused as error:
            raise InvalidInput(f"{path} is refused: {error}. It was not made by Propulate 1.2.2.") from None
        except (pickle.UnpicklingError, EOFError, MemoryError, *_DAMAGE) as error:
            raise _Torn(" ".join(str(error).split()) or type(error).__name__) from None
    return population


def _decoded(kept: Any) -> _Individual:
    limits = {name: tuple(kept.limits[name]) for name in kept.limits}
    config = {name: _value(kept, name) for name in limits}
    period, end = float(getattr(kept, "evalperiod", 0.0)), float(kept.evaltime)
    if not (np.isfinite(end) and np.isfinite(period)):
        raise ValueError("an individual that was never evaluated")
    born = (int(kept.island), int(kept.rank), int(kept.generation))
    return _Individual(limits, born, config, float(kept.loss), end - period, end)


def _value(kept: Any, name: str) -> Any:
    """A parameter of theirs: categories are the largest of a stretch of the position, whole numbers rounded."""
    place, choices = kept.offsets[name], kept.limits[name]
    if kept.types[name] is str:
        return choices[int(np.argmax(kept.position[place : place + len(choices)]))]
    number = float(kept.position[place])
    return round(number) if kept.types[name] is int else number


def _fits(problem: HpProblem, config: Mapping[str, Any]) -> bool:
    try:
        problem.check(config)
    except InvalidInput:
        return False
    return True


def _events(number: int, one: _Individual) -> Iterator[Event]:
    outcome = interpret(one.loss, (LOSS.name,))
    state = State.COMPLETE if outcome.failure is None else State.FAILED
    island, rank, generation = one.born
    why = {"island": island, "rank": rank, "generation": generation}
    yield Started(number, one.start, one.config, "propulate", why)
    yield Finished(number, one.end, state, outcome.values, failure=outcome.failure, worker=f"rank {rank}")
