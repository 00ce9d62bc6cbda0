"""Islands obey the laws of a sampler, and a migration is what the records say, to whoever reads them."""

import numpy as np
import pytest

from hypersonde import HpProblem
from hypersonde.errors import InvalidInput
from hypersonde.samplers import (
    CMAES,
    GA,
    PSO,
    Auto,
    DifferentialEvolution,
    Islands,
    NelderMead,
    Random,
    RegularizedEvolution,
)
from hypersonde.samplers.evolution.topology import topology
from hypersonde.testing.histories import folded, random_events, search
from hypersonde.testing.problems import PROBLEMS
from hypersonde.testing.samplers import SamplerLaws, play
from hypersonde.trials import State, referred

MAKERS = {
    "a ring of four": lambda: Islands(4, [GA(4)], migration_prob=0.5),
    "moving through a star of unequal sizes": lambda: Islands(
        3, [GA(4)], sizes=[3, 1, 2], topology="star", migration_prob=0.5, exchange="move", immigration="worst"
    ),
    "different samplers": lambda: Islands(
        samplers=[GA(4), PSO(3), Random(), RegularizedEvolution(6, 3)],
        topology="full",
        migration_prob=0.3,
        emigration="uniform",
    ),
}


class TestIslands(SamplerLaws):
    steps = 40

    @pytest.fixture(params=MAKERS)
    def make(self, request):
        return MAKERS[request.param]


def trials(sampler, steps=120, seed=0, problem="mixed"):
    history = folded(PROBLEMS[problem](), [])
    play(sampler, history, steps, seed)
    return history


def test_evaluations_are_shared_out_by_size():
    history = trials(Islands(3, sizes=[1, 2, 3]))
    assert np.bincount([trial.why["island"] for trial in history]).tolist() == [20, 40, 60]


def test_nobody_ever_breeds_with_those_of_another_island_when_islands_never_meet():
    history = trials(Islands(3, [GA(4)], topology="none", migration_prob=1.0))
    home = [trial.why["island"] for trial in history]
    bred = [(home[t.number], home[p]) for t in history for p in referred(t.why, "parents")]
    assert len(bred) > 50
    assert all(here == there for here, there in bred)
    assert not any("migrants" in trial.why for trial in history)


def test_in_a_ring_only_neighbours_breed_with_migrants_and_each_has_arrived_before():
    history = trials(Islands(4, [GA(4)], topology="ring", migration_prob=0.3), 300)
    home = [trial.why["island"] for trial in history]
    arrived = set()
    foreign = 0
    for trial in history:
        for parent in referred(trial.why, "parents"):
            if home[parent] != home[trial.number]:
                foreign += 1
                assert (parent, home[trial.number]) in arrived
        goes = referred(trial.why, "migrants")
        to = [int(j) for j in str(trial.why.get("to", "")).split()]
        assert len(goes) == len(to)
        assert all(j == (home[trial.number] + 1) % 4 for j in to)
        arrived |= set(zip(goes, to, strict=True))
    assert foreign > 20


def living(island):
    gone = set(island.part.departed)
    assert all(island.part[here].state == State.CANCELLED for here in gone)
    return [number for here, number in enumerate(island.part.members) if here not in gone]


def test_who_moves_is_gone_at_home_and_a_copy_stays():
    for exchange in ("move", "copy"):
        sampler = Islands(2, [GA(4)], migration_prob=0.5, exchange=exchange)
        history = trials(sampler)
        first, second = (set(living(island)) for island in sampler.archipelago(history).islands)
        assert bool(first & second) == (exchange == "copy")
        assert first | second == set(range(len(history)))


def test_whom_a_newcomer_replaces_is_gone_there():
    sampler = Islands(2, [GA(4)], migration_prob=0.5, immigration="worst")
    history = trials(sampler)
    replaced = [n for trial in history for n in referred(trial.why, "replaced")]
    assert len(replaced) > 10
    homes = [living(island) for island in sampler.archipelago(history).islands]
    assert not any(n in homes[0] and n in homes[1] for n in replaced)


def test_who_has_moved_breeds_at_home_no_more():
    sampler = Islands(2, [GA(4)], migration_prob=0.5, exchange="move")
    history = trials(sampler)
    residents = [living(island) for island in sampler.archipelago(history).islands]
    bred = [sampler.suggest(history, 1, np.random.default_rng(seed))[0].why for seed in range(60)]
    assert sum("parents" in why for why in bred) > 40
    assert all(parent in residents[why["island"]] for why in bred for parent in referred(why, "parents"))


@pytest.mark.parametrize("policy", ["best", "worst"])
@pytest.mark.parametrize("exchange", ["copy", "move"])
def test_who_goes_is_the_first_in_order_of_those_who_have_not_been_there(policy, exchange):
    sampler = Islands(3, [GA(4)], topology="full", migration_prob=0.6, emigration=policy, exchange=exchange)
    history = folded(PROBLEMS["mixed"](), [])
    for step in range(12):
        play(sampler, history, 15, step)
        islands = sampler.archipelago(history).islands
        for here in islands:
            for there in [island for island in islands if island is not here]:
                part = here.part
                done = [i for i in part.finish_order.tolist() if np.isfinite(part.losses[i, 0])]
                done.sort(key=lambda i: (part.losses[i, 0] * (1 if policy == "best" else -1), i))
                free = [part.members[i] for i in done if not there.has_seen(part.members[i])]
                chosen = here.first(policy, 3, np.random.default_rng(0), there, taken=set(free[:1]))
                assert chosen == free[1:4]


def test_an_island_is_a_history_of_its_own_trials_and_its_migrants():
    sampler = Islands(3, [GA(4)], migration_prob=0.4)
    history = trials(sampler, 150)
    for island in sampler.archipelago(history).islands:
        part, whole = island.part, np.array(island.part.members)
        assert [trial.number for trial in part] == list(range(len(part)))
        np.testing.assert_array_equal(part.X, history.X[whole])
        np.testing.assert_array_equal(part.losses, history.losses[whole])
        np.testing.assert_array_equal(part.status, history.status[whole])
        assert part.finished == int(np.sum(part.status >= 2)) == len(part.finish_order)
        assert part.count() == len(part)
        assert {part.members[i] for i in part.running} == {n for n in history.running if n in whole}
        assert part.best.values == history[int(whole[np.nanargmin(part.losses[:, 0])])].values
        assert part.knows(history.X).all()


def test_trials_told_from_outside_settle_by_their_configuration_and_in_proportion():
    problem = PROBLEMS["continuous"]()
    history = folded(problem, random_events(problem, 400, np.random.default_rng(1)))
    sampler = Islands(2, sizes=[1, 3])
    born = [island.born for island in sampler.archipelago(history).islands]
    assert sum(born) == len(history)
    assert 0.15 < born[0] / len(history) < 0.35


def test_an_island_of_the_default_sampler_among_islands_of_evolution():
    sampler = Islands(samplers=[Auto(), GA(6), CMAES(), NelderMead()], migration_prob=0.3)
    problem = HpProblem({f"x{i}": (-5.0, 5.0) for i in range(3)})
    losses = search(sampler, problem, lambda c: sum(x * x for x in c.values()), 80, workers=3)
    assert min(losses) < 0.5


def test_every_island_plans_for_its_share():
    islands = Islands(3, [DifferentialEvolution(), GA(4), DifferentialEvolution(budget=7)], sizes=[3, 1, 2])
    planned = islands.planned(600)
    assert [getattr(s, "budget", None) for s in planned.samplers] == [300, None, 7]
    assert [getattr(s, "budget", None) for s in islands.samplers] == [None, None, 7]
    assert planned.samplers[1] is islands.samplers[1]


def test_migration_helps_where_islands_alone_are_slow():
    problem = HpProblem({f"x{i}": (-5.0, 5.0) for i in range(5)})

    def final(topology):
        made = lambda: Islands(8, [GA(8)], topology=topology, migration_prob=0.2)  # noqa: E731
        loss = lambda c: sum(x * x for x in c.values())  # noqa: E731
        return np.median([min(search(made(), problem, loss, 600, workers=8, seed=s)) for s in range(3)])

    assert final("ring") < final("none")


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"islands": 0}, "at least 1"),
        ({"islands": 3, "sizes": [1, 2]}, "expected 3 numbers above 0"),
        ({"topology": "rign"}, "Did you mean 'ring'"),
        ({"islands": 2, "topology": [[0, 1]]}, "2 rows of 2 whole numbers"),
        ({"islands": 2, "topology": "[[1, 0], [0, 0]]"}, "0 on the diagonal"),
        ({"migration_prob": 1.5}, "a probability"),
        ({"exchange": "mov"}, "Did you mean 'move'"),
        ({"emigration": "bst"}, "Did you mean 'best'"),
        ({"emigration": "none"}, "Known"),
    ],
)
def test_settings_that_make_no_sense_are_one_clear_line(settings, says):
    with pytest.raises(InvalidInput, match=says):
        Islands(**settings)


def test_a_matrix_as_json_is_a_topology():
    assert topology("[[0, 2], [1, 0]]", 2).tolist() == [[0, 2], [1, 0]]
