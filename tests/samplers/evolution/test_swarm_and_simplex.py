"""Laws of the particle swarms and of Nelder and Mead's simplex, and what their settings refuse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from evolving import best, box, search, sphere

from hypersonde.errors import InvalidInput
from hypersonde.samplers import GA, NSGA2, PSO, NelderMead, RegularizedEvolution
from hypersonde.samplers.evolution.chain import Chain
from hypersonde.samplers.evolution.pso import Basic, Canonical, Clamped, Constriction, Motion, VelocityClamping
from hypersonde.samplers.evolution.simplex import Simplex

RNG = np.random.default_rng(0)


def test_a_basic_velocity_is_inertia_and_two_random_pulls_of_the_right_mean() -> None:
    v, to_p, to_g = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
    found = np.array([Basic(0.7, 1.4, 1.2)(v, to_p, to_g, RNG) for _ in range(4000)])
    assert found[:, 0] == pytest.approx(0.7)
    assert found.mean(axis=0)[1:] == pytest.approx([0.7, 0.6], abs=0.03)
    assert found[:, 1].max() < 1.4


def test_the_constriction_of_clerc_and_kennedy_is_the_known_number() -> None:
    assert Constriction().chi == pytest.approx(0.72984, abs=1e-5)


@pytest.mark.parametrize("motion", [VelocityClamping(v_limits=0.1), Canonical(v_limits=0.1)])
def test_clamped_velocities_never_pass_their_limit(motion: Clamped) -> None:
    far = np.array([5.0, -5.0])
    assert np.abs([motion(far, far, far, RNG) for _ in range(100)]).max() <= 0.1


@pytest.mark.parametrize("motion", [Basic(), Constriction()])
def test_velocities_that_are_not_clamped_grow_with_the_way(motion: Motion) -> None:
    far = np.array([5.0, 5.0])
    assert np.max([motion(far, far, far, RNG) for _ in range(100)]) > 5.0


def test_the_constricted_motion_without_clamping_is_the_canonical_one_where_no_velocity_is_large() -> None:
    v, way = np.array([0.01, -0.02]), np.array([0.03, 0.01])
    moves = [motion(v, way, way, np.random.default_rng(0)) for motion in (Constriction(), Canonical())]
    np.testing.assert_array_equal(*moves)


def test_particles_take_turns_and_a_move_says_where_it_began() -> None:
    history = search(PSO(5), box(2), sphere, 30)
    assert [trial.why["particle"] for trial in history] == [i % 5 for i in range(30)]
    assert [trial.why.get("from") for trial in history] == [None] * 5 + list(range(25))


def test_one_worker_finds_a_minimum_to_many_digits() -> None:
    assert best(search(NelderMead(), box(3), sphere, 200)) < 1e-8


def test_a_simplex_reflects_expands_and_contracts_as_in_1965() -> None:
    simplex = Simplex(np.array([True, True]))
    for row, loss in (((0.1, 0.1), 3.0), ((0.3, 0.1), 2.0), ((0.1, 0.3), 1.0)):
        simplex.join(np.array(row), loss)
    worst = simplex.next_vertex(set())
    assert worst == 0
    simplex.follow(0, "reflect", np.array([0.3, 0.3]), 0.5)
    assert (simplex.move[0], simplex.origin[0].tolist()) == ("expand", [0.1, 0.1])
    simplex.follow(0, "expand", np.array([0.4, 0.4]), 0.9)
    assert (simplex.move[0], simplex.x[0].tolist()) == ("reflect", [0.3, 0.3])
    assert simplex.next_vertex(set()) == 1
    simplex.follow(1, "reflect", np.array([0.1, 0.5]), 9.0)
    assert simplex.move[1] == "contract"
    simplex.follow(1, "contract", np.array([0.25, 0.2]), 9.0)
    assert simplex.move == ["reflect", "shrink", "shrink"]


def test_vertices_on_the_move_are_left_alone_and_the_best_one_stays() -> None:
    simplex = Simplex(np.array([True, True]))
    for i in range(3):
        simplex.join(np.array([0.2 * i, 0.1 * i * i]), float(i))
    assert [simplex.next_vertex(moving) for moving in (set(), {2}, {1, 2})] == [2, 1, None]


def test_a_collapsed_simplex_gives_way_to_a_new_one() -> None:
    simplex = Simplex(np.array([True, True]))
    for i in range(3):
        simplex.join(np.full(2, 0.5) + 1e-9 * np.eye(3, 2)[i], float(i))
    assert (simplex.number, simplex.known) == (1, [])


def test_a_flat_simplex_begins_anew_about_its_best_vertex() -> None:
    simplex = Simplex(np.array([True, True]))
    for i in range(3):
        simplex.join(np.array([0.1 * i, 0.1 * i]), float(i))
    assert (simplex.number, simplex.known, simplex.edge) == (1, [0], pytest.approx(0.1))
    assert simplex.x[0].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: PSO(0), "particles: got 0"),
        (lambda: VelocityClamping(v_limits=0.0), "v_limits: got 0.0"),
        (lambda: Constriction(1.0, 2.0), "c_cognitive \\+ c_social > 4, got 1.0 \\+ 2.0"),
        (lambda: NelderMead(gamma=0.5), "gamma > 1"),
        (lambda: RegularizedEvolution(5, 6), "S: got 6"),
        (lambda: RegularizedEvolution(sigma=0.0), "sigma must be above 0"),
        (lambda: NSGA2(mut_prob=2.0), "mut_prob is a probability"),
        (lambda: GA(pop_size=0), "pop_size must be at least 1"),
        (lambda: GA(mate_prob=1.5), "mate_prob is a probability"),
        (lambda: Chain(4, []), "at least one step"),
    ],
)
def test_wrong_settings_are_refused_in_one_line(wrong: Callable[[], object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        wrong()


def test_a_swarm_grows_until_every_worker_has_a_particle_of_its_own() -> None:
    history = search(PSO(4), box(2), sphere, 120, workers=12)
    moved = [trial for trial in history if "particle" in trial.why]
    assert {trial.why["particle"] for trial in list(history)[:12]} == set(range(12))
    assert {trial.why["particle"] for trial in moved} == set(range(12))
    stale = [trial for trial in moved if "from" in trial.why and trial.why["from"] < trial.number - 24]
    assert len(stale) < 10
