"""Searches on one study try together what one search would try: another is faster at the worst moment."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from hypersonde import HpProblem, Study
from hypersonde.errors import NothingToSuggest
from hypersonde.samplers import Sampler, Suggestion
from hypersonde.samplers.auto import Auto
from hypersonde.samplers.evolution.differential import DifferentialEvolution
from hypersonde.samplers.grid import Grid
from hypersonde.samplers.quasirandom import QuasiRandom
from hypersonde.samplers.random import Random
from hypersonde.storage import Storage, open_storage
from hypersonde.study import loop
from hypersonde.trials import History, Trial

SAMPLERS = [Random, Grid, QuasiRandom, lambda: QuasiRandom("halton"), Auto, DifferentialEvolution]


def problem() -> HpProblem:
    problem = HpProblem({"x": (0.0, 1.0), "n": (1, 10)})
    problem.add_starting_point(x=0.125, n=3)
    return problem


class Overtaken(Sampler):
    """A sampler whose search is overtaken by another while it suggests, so often."""

    name = "overtaken"

    def __init__(self, sampler: Sampler, times: int, overtake: Callable[[], object]) -> None:
        self._sampler, self._times, self._overtake = sampler, times, overtake
        self.asked = 0

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        made = self._sampler.suggest(history, count, rng)
        self.asked += 1
        if self.asked <= self._times:
            self._overtake()
        return made


@pytest.fixture(params=["spool", "sqlite", "postgresql"])
def opener(request, tmp_path) -> Iterator[Callable[[], Storage]]:
    places = {"spool": f"spool:{tmp_path / 'spool'}", "sqlite": str(tmp_path / "study.db")}
    place = places.get(request.param) or request.getfixturevalue("postgres").new_place()
    storages: list[Storage] = []

    def opened() -> Storage:
        storages.append(open_storage(place))
        return storages[-1]

    yield opened
    for storage in storages:
        storage.close()


def tried(trials: list[Trial]) -> list[tuple[object, ...]]:
    return [tuple(sorted(trial.config.items())) for trial in trials]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("make", SAMPLERS, ids=["random", "grid", "sobol", "halton", "auto", "de"])
def test_who_is_overtaken_draws_anew_and_both_try_what_one_search_would(make, count, opener):
    with Study(problem(), sampler=make(), seed=5) as alone:
        expected = tried([trial for k in (1, count, count) for trial in alone.ask(k)])
    other = Study(problem(), storage=opener(), sampler=make(), seed=5)
    late = Overtaken(make(), 1, lambda: other.ask(count))
    study = Study(problem(), storage=opener(), sampler=late, seed=5)
    study.ask(1)  # the starting point, without the sampler
    mine = study.ask(count)
    assert late.asked == 2
    assert [trial.number for trial in mine] == list(range(1 + count, 1 + 2 * count))
    assert tried(list(study.history)) == expected
    assert len(set(expected)) == len(expected)


def test_a_starting_point_is_tried_once(opener):
    other = Study(problem(), storage=opener(), sampler=Random(), seed=5)
    late = Overtaken(Random(), 1, lambda: other.ask(2))
    study = Study(problem(), storage=opener(), sampler=late, seed=5)
    study.ask(2)
    whole = tried(list(study.history))
    assert len(set(whole)) == len(whole) == 4


def test_who_is_always_overtaken_goes_on_with_numbers_of_its_own(opener, monkeypatch):
    monkeypatch.setattr(loop, "_OVERTAKEN", 0.0)
    other = Study(problem(), storage=opener(), sampler=Random(), seed=5)
    late = Overtaken(Random(), 10**6, lambda: other.ask(1))
    study = Study(problem(), storage=opener(), sampler=late, seed=5)
    for _ in range(4):
        study.ask(1)
    whole = tried(list(study.history))
    assert len(set(whole)) == len(whole) == 7


def test_a_grid_whose_last_point_another_took_is_exhausted(opener):
    small = HpProblem({"n": (1, 2)})
    other = Study(small, storage=opener(), sampler=Grid(), seed=5)
    other.ask(1)
    study = Study(small, storage=opener(), sampler=Overtaken(Grid(), 1, lambda: other.ask(1)), seed=5)
    with pytest.raises(NothingToSuggest):
        study.ask(1)
