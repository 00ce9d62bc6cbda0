"""Checkpoints that Propulate 1.2.2 wrote are read in as trials, without running anything in them."""

import io
import json
import os
import pickle
import random
import shutil
import subprocess
import sys
import types
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.interop.propulate import BasicPSO, Islands, Propulator, get_default_propagator, read_checkpoints
from hypersonde.study.reading import read_study
from hypersonde.trials import State

REAL = Path(__file__).parent / "checkpoints"
LIMITS = {"conv_layers": (2, 10), "activation": ("relu", "sigmoid", "tanh"), "lr": (0.01, 0.0001)}


def loss(params):
    activation = {"relu": 0.0, "sigmoid": 1.0, "tanh": 0.5}[params["activation"]]
    return abs(params["conv_layers"] - 6) + activation + 100 * abs(params["lr"] - 0.005)


@pytest.fixture
def place(tmp_path):
    return Path(shutil.copytree(REAL, tmp_path / "checkpoints"))


def test_every_individual_is_one_trial_with_its_parameters_its_loss_and_where_it_was_bred():
    history = read_checkpoints(REAL)
    born = [(t.why["island"], t.why["rank"], t.why["generation"]) for t in history]
    assert sorted(born) == [(i, r, g) for i in range(2) for r in range(2) for g in range(5)]
    for trial in history:
        assert trial.values == (pytest.approx(loss(trial.config), rel=1e-12),)
        assert trial.origin == "propulate"
        assert 0 <= trial.finished - trial.started < 60
    assert [t.finished for t in history] == sorted(t.finished for t in history)


def test_copies_on_several_islands_are_one_trial():
    names = (REAL / f"island_{i}_ckpt.pickle" for i in range(2))
    assert sum(path.read_bytes().count(b"evalperiod") for path in names) == 2
    lines = subprocess.run(
        [sys.executable, "-m", "pickletools", "-m", str(REAL / "island_1_ckpt.pickle")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert sum("NEWOBJ" in line for line in lines) > 10  # its own ten, and those that came from island 0
    assert len(read_checkpoints(REAL)) == 20


@pytest.mark.parametrize(("propagator", "outside"), [("swarm", 0), ("cma", 7), ("simplex", 0)])
def test_swarms_strategies_and_simplexes_are_read_as_propulate_itself_tells_of_them(propagator, outside, caplog):
    told = json.loads((REAL / propagator / "individuals.json").read_text())
    inside = [row for row in told if max(abs(row[0]), abs(row[1])) <= 5.12]
    assert len(told) - len(inside) == outside
    history = read_checkpoints(REAL / propagator)
    assert f"{outside} individuals outside of their limits are left out" in caplog.text or not outside
    read = [[t.config["x"], t.config["y"], t.values[0], t.why["rank"], t.why["generation"]] for t in history]
    assert sorted(read, key=lambda row: row[3:]) == inside
    assert all(t.values[0] == pytest.approx(t.config["x"] ** 2 + t.config["y"] ** 2) for t in history)


def test_a_swarm_goes_on_from_its_checkpoints(tmp_path):
    place = shutil.copytree(REAL / "swarm", tmp_path / "swarm")
    limits = {"x": (-5.12, 5.12), "y": (-5.12, 5.12)}
    swarm = BasicPSO(0.729, 1.49445, 1.49445, 0, limits)
    search = Propulator(
        lambda ind: ind["x"] ** 2 + ind["y"] ** 2, swarm, random.Random(1), generations=200, checkpoint_path=place
    )
    search.propulate()
    assert Counter(t.origin == "propulate" for t in search.history) == {True: 24, False: 176}
    assert search.summarize(1)[0][0].loss < 0.1 * min(t.values[0] for t in read_checkpoints(REAL / "swarm"))


@pytest.mark.parametrize("island", [0, 1])
def test_a_torn_file_gives_way_to_the_one_before_it(place, island, caplog):
    path = place / f"island_{island}_ckpt.pickle"
    whole, before = path.read_bytes(), len(read_checkpoints(place))
    for length in range(0, len(whole), 61):
        caplog.clear()
        path.write_bytes(whole[:length])
        assert before - 4 <= len(read_checkpoints(place)) < before
        assert "is torn" in caplog.text


def test_a_torn_file_without_one_before_it_is_one_clear_line(place):
    path = place / "island_0_ckpt.pickle"
    path.with_suffix(".bkp").unlink()
    whole = path.read_bytes()
    for length in range(0, len(whole), 61):
        path.write_bytes(whole[:length])
        with pytest.raises(InvalidInput, match=r"island_0_ckpt\.pickle is torn or no checkpoint of Propulate: .*\.$"):
            read_checkpoints(place)


def test_flipped_bytes_are_read_or_refused_in_one_line(place):
    path = place / "island_0_ckpt.pickle"
    path.with_suffix(".bkp").unlink()
    whole, rng, said = path.read_bytes(), np.random.default_rng(0), []
    for _ in range(300):
        flipped = bytearray(whole)
        for at in rng.integers(len(whole), size=2):
            flipped[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(flipped)
        try:
            read_checkpoints(place)
        except InvalidInput as error:
            said.append(str(error))
    assert len(said) > 50
    assert not any("\n" in line for line in said)


class Attack:
    def __reduce__(self):
        return os.system, ("touch attacked",)


@pytest.mark.parametrize("wrap", [lambda a: a, lambda a: [a], lambda a: {"x": np.array([a], dtype=object)}])
def test_nothing_in_a_file_is_run(tmp_path, monkeypatch, wrap):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "island_0_ckpt.pickle").write_bytes(pickle.dumps(wrap(Attack())))
    with pytest.raises(InvalidInput, match=r"is refused: it names (posix|nt)\.system, which no checkpoint needs"):
        read_checkpoints(tmp_path)
    assert not (tmp_path / "attacked").exists()


def altered(place, change):
    """The checkpoint of island 0 with each individual changed, as Propulate would have written it."""

    class Reader(pickle.Unpickler):
        def find_class(self, module, name):
            return Individual if name == "Individual" else super().find_class(module, name)

    class Individual:
        pass

    Individual.__module__, Individual.__qualname__ = "propulate.population", "Individual"
    path = place / "island_0_ckpt.pickle"
    population = Reader(io.BytesIO(path.read_bytes())).load()
    for individual in population:
        change(individual)
    theirs = {"propulate": types.ModuleType("propulate"), "propulate.population": types.ModuleType("population")}
    theirs["propulate.population"].Individual = Individual
    with pytest.MonkeyPatch.context() as patch:
        for name, module in theirs.items():
            patch.setitem(sys.modules, name, module)
        path.write_bytes(pickle.dumps(population))


def test_a_loss_that_is_not_a_number_is_a_failed_trial(place):
    altered(place, lambda ind: setattr(ind, "loss", float("nan") if ind.generation == 3 else ind.loss))
    states = Counter((t.why["island"], t.state) for t in read_checkpoints(place))
    assert states[0, State.FAILED] == 2
    assert states[1, State.FAILED] == 0


def test_individuals_outside_of_their_limits_are_left_out_with_a_word(place, caplog):
    altered(place, lambda ind: ind.position.put(4, 7.0) if (ind.island, ind.generation) == (0, 2) else None)
    assert len(read_checkpoints(place)) == 18
    assert "2 individuals outside of their limits" in caplog.text


def test_islands_with_different_limits_are_refused(place):
    altered(place, lambda ind: setattr(ind, "limits", {**ind.limits, "lr": (1.0, 0.0)}))
    with pytest.raises(InvalidInput, match="different limits"):
        read_checkpoints(place)


def test_a_directory_without_checkpoints_is_one_line(tmp_path):
    with pytest.raises(InvalidInput, match=r"no file island_0_ckpt\.pickle"):
        read_checkpoints(tmp_path)


def test_a_script_whose_imports_were_changed_goes_on_from_its_checkpoints(place):
    def search(generations):
        found = Islands(
            loss,
            get_default_propagator(4, LIMITS),
            random.Random(1),
            generations=generations,
            num_islands=2,
            migration_probability=0.5,
            checkpoint_path=place,
        )
        found.propulate()
        return found

    first = search(30)
    assert Counter(t.origin for t in first.history) == {"propulate": 20, "islands": 10}
    assert {t.number for t in first.history if t.origin == "propulate"} == set(range(20))
    again = search(35)  # from the log: the checkpoints are not read again
    assert Counter(t.origin for t in again.history) == {"propulate": 20, "islands": 15}
    assert again.summarize(1)[0][0].loss <= min(t.values[0] for t in read_checkpoints(REAL) if t.why["island"] == 0)


def test_ranks_go_on_from_checkpoints_together(place):
    script = f"""
import random
from hypersonde.interop.propulate import Islands, get_default_propagator
def loss(params):
    return abs(params["conv_layers"] - 6) + 100 * abs(params["lr"] - 0.005)
Islands(loss, get_default_propagator(4, {LIMITS!r}), random.Random(1), generations=15, num_islands=2,
        checkpoint_path={str(place)!r}).propulate()
"""
    (place / "script.py").write_text(script)
    mpirun = str(Path(sys.executable).parent / "mpirun")
    command = [mpirun, "-n", "2", sys.executable, "script.py"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    _, history = read_study(place)
    assert Counter(t.origin for t in history) == {"propulate": 20, "islands": 10}
    assert all(t.state is State.COMPLETE for t in history)
