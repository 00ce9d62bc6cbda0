import numpy as np
import pytest

from hypersonde.columns import Array, Columns
from hypersonde.models.gp import Embedding, Hyperparameters, Posterior
from hypersonde.problem import HpProblem
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.bayes.active_set import active_set
from hypersonde.samplers.bayes.aim import Aims
from hypersonde.samplers.bayes.belief import Learner
from hypersonde.samplers.bayes.budget import Budget
from hypersonde.samplers.bayes.candidates import mutations
from hypersonde.samplers.bayes.criterion import Criterion
from hypersonde.samplers.bayes.elsewhere import stalled
from hypersonde.samplers.bayes.feasibility import Feasibility, Success
from hypersonde.samplers.bayes.findings import Findings
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.pool import Pool
from hypersonde.samplers.bayes.proposal import Proposer
from hypersonde.samplers.bayes.refinement import neighbours, refine
from hypersonde.samplers.bayes.schedule import checkpoint
from hypersonde.samplers.lessons import chebyshev, rank
from hypersonde.testing.histories import folded, outcome, random_events, started
from hypersonde.testing.problems import PROBLEMS
from hypersonde.trials import State


def smooth(X: Array) -> Array:
    return np.asarray(((np.nan_to_num(X) - 0.3) ** 2).sum(axis=1))


def posterior_over(problem: HpProblem, n: int, rng: np.random.Generator) -> Posterior:
    encoding = problem.encoding
    X = encoding.sample(n, rng)
    t = smooth(X)
    width = len(encoding.columns)
    h = Hyperparameters(np.log(0.5) * np.ones(width), -3.0, 0.0, -6.0)
    return Posterior.given(Embedding.of(encoding.columns), h, X, (t - t.mean()) / t.std())


@pytest.mark.parametrize("kind", PROBLEMS)
def test_mutations_are_legal_rows_near_their_parents(kind: str) -> None:
    encoding = PROBLEMS[kind]().encoding
    rng = np.random.default_rng(0)
    elites = encoding.sample(3, rng)
    X = mutations(encoding, elites, 300, rng)
    np.testing.assert_array_equal(X, encoding.activate(encoding.snap(X)))
    changed = np.array([min(np.sum(x != e) - np.sum(np.isnan(x) & np.isnan(e)) for e in elites) for x in X])
    assert changed.min() <= 1
    assert np.all(changed <= len(encoding.columns))


@pytest.mark.parametrize("kind", PROBLEMS)
@pytest.mark.parametrize("kappa", [None, 1.0])
def test_refinement_never_makes_a_candidate_worse_and_stays_legal(kind: str, kappa: float | None) -> None:
    problem = PROBLEMS[kind]()
    encoding, rng = problem.encoding, np.random.default_rng(1)
    criterion = Criterion(posterior_over(problem, 30, rng), -1.0, kappa)
    for x in encoding.sample(5, rng):
        value = float(criterion(x[None])[0])
        y, refined = refine(encoding, criterion, x, value)
        assert refined >= value
        assert refined == pytest.approx(float(criterion(y[None])[0]), abs=1e-9)
        np.testing.assert_array_equal(y[None], encoding.activate(encoding.snap(y[None])))


def test_refinement_finds_the_peak_of_a_continuum() -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    rng = np.random.default_rng(2)
    criterion = Criterion(posterior_over(problem, 40, rng), 0.0, 0.0)
    x, _ = refine(problem.encoding, criterion, np.array([0.8, 0.9]), float(criterion(np.array([[0.8, 0.9]]))[0]))
    np.testing.assert_allclose(x, 0.3, atol=0.05)


@pytest.mark.parametrize("kappa", [None, 0.7])
def test_the_gradient_of_a_criterion_agrees_with_finite_differences(kappa: float | None) -> None:
    rng = np.random.default_rng(3)
    criterion = Criterion(posterior_over(PROBLEMS["continuous"](), 25, rng), -0.5, kappa)
    s = rng.normal(size=3)
    _, gradient = criterion.with_gradient(s)
    steps = 1e-6 * np.eye(3)
    numeric = [(criterion.with_gradient(s + e)[0] - criterion.with_gradient(s - e)[0]) / 2e-6 for e in steps]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-4, atol=1e-6)


def test_a_pool_predicts_what_a_posterior_with_believers_does() -> None:
    problem = PROBLEMS["mixed"]()
    rng = np.random.default_rng(4)
    posterior = posterior_over(problem, 30, rng)
    X = problem.encoding.sample(50, rng)
    pool = Pool(posterior, X, 4)
    for i in (3, 17, 40, 5):
        pool.believe(i)
    mean, variance = posterior.believing(X[[3, 17, 40, 5]]).predict(X)
    np.testing.assert_allclose(pool.mean, mean, atol=1e-9)
    np.testing.assert_allclose(pool.variance, variance, rtol=1e-4, atol=1e-7)


def test_where_trials_failed_success_is_unlikely() -> None:
    rng = np.random.default_rng(5)
    X = rng.random((60, 2))
    failed = X[:, 0] > 0.6
    at = np.array([[0.9, 0.5], [0.2, 0.5]])
    bad, good = np.exp(Feasibility(Columns.continuous(2)).success(X, failed)(at))
    assert bad < 0.1
    assert good > 0.7


def test_the_gradient_of_a_criterion_that_fears_failures_agrees_with_finite_differences() -> None:
    rng = np.random.default_rng(5)
    criterion = Criterion(posterior_over(PROBLEMS["continuous"](), 25, rng), -0.5)
    X = PROBLEMS["continuous"]().encoding.sample(40, rng)
    weighed = Feasibility(PROBLEMS["continuous"]().encoding.columns).success(X, X[:, 0] > 0.6).weigh(criterion)
    x = np.array([0.55, 0.4, 0.3])
    s = weighed.posterior.scale(x[None])[0]
    value, gradient = weighed.with_gradient(s)
    assert value == pytest.approx(float(weighed(x[None])[0]))
    assert value < float(criterion(x[None])[0])
    for i in range(len(s)):
        step = 1e-6 * np.eye(len(s))[i]
        slope = (weighed.with_gradient(s + step)[0] - weighed.with_gradient(s - step)[0]) / 2e-6
        assert gradient[i] == pytest.approx(slope, rel=1e-4, abs=1e-6)


def test_an_active_set_holds_the_best_the_nearest_and_some_of_the_rest() -> None:
    rng = np.random.default_rng(6)
    X = rng.random((500, 2))
    y = smooth(X)
    rows = active_set(Embedding.of(Columns.continuous(2)), X, y, 40)
    assert len(rows) == len(set(rows.tolist())) == 40
    assert set(np.argsort(y)[:20].tolist()) <= set(rows.tolist())
    assert y[rows].max() > np.quantile(y, 0.95)


def test_checkpoints_depend_on_the_size_alone_and_lag_by_the_growth_at_most() -> None:
    for n in range(3, 500):
        size = checkpoint(n, 0.2)
        assert size <= n < max(size + 1, 1.2 * size) + 1
        assert checkpoint(size, 0.2) == size


@pytest.mark.parametrize("n", [5, 40, 130])
def test_a_learner_that_followed_believes_what_a_fresh_one_does(n: int) -> None:
    rng = np.random.default_rng(7)
    columns = Columns.continuous(3)
    X = rng.random((n, 3))
    y = smooth(X)
    followed = Learner(columns, budget=Budget(60, 100))
    for k in range(3, n + 1):
        belief = followed.believe(X[:k], y[:k])
    fresh = Learner(columns, budget=Budget(60, 100)).believe(X, y)
    at = rng.random((20, 3))
    np.testing.assert_array_equal(belief.posterior.predict(at)[0], fresh.posterior.predict(at)[0])
    np.testing.assert_array_equal(belief.elites, fresh.elites)


def test_findings_say_what_finished_in_the_order_of_finishing() -> None:
    problem = PROBLEMS["continuous"]()
    events = random_events(problem, 150, np.random.default_rng(8))
    history = folded(problem, [])
    findings = Findings(3, 1)
    for start in range(0, len(events), 10):
        history.extend(events[start : start + 10])
        findings.follow(history)
    at_once = Findings(3, 1)
    at_once.follow(history)
    told = [i for i in history.finish_order if history[i].state is not State.CANCELLED]
    np.testing.assert_array_equal(findings.X, history.X[told])
    np.testing.assert_array_equal(findings.X, at_once.X)
    for one, other in zip(findings.values, at_once.values, strict=True):
        np.testing.assert_array_equal(one, other)
    assert findings.failures == history.count(State.FAILED)
    assert findings.successes + findings.failures == len(told)


def test_novelty_hands_out_every_configuration_once() -> None:
    problem = PROBLEMS["tiny"]()
    rng = np.random.default_rng(9)
    encoding = problem.encoding
    first = encoding.decode(encoding.sample(1, rng))[0]
    history = folded(problem, [started(0, Suggestion(first)), *outcome(0, State.COMPLETE, (0.0,))])
    novelty = Novelty(history)
    rows = novelty.draw(50, lambda n: encoding.sample(n, rng))
    assert len(rows) == len(set(encoding.keys(encoding.sample(500, rng)))) - 1
    assert not history.knows(rows).any()
    assert len(novelty.draw(1, lambda n: encoding.sample(n, rng))) == 0


def test_scalarised_losses_do_not_depend_on_units() -> None:
    losses = np.random.default_rng(10).normal(size=(30, 2))
    weights = np.array([0.3, 0.7])
    other = np.column_stack([1e6 * losses[:, 0], np.exp(losses[:, 1])])
    np.testing.assert_array_equal(chebyshev(rank(losses), weights), chebyshev(rank(other), weights))


def test_losses_that_bring_nothing_new_are_a_stall_and_progress_is_none() -> None:
    falling = np.linspace(10.0, 0.0, 40)
    assert not stalled(falling, 10, 5)
    assert stalled(np.concatenate([falling, np.full(10, 0.5)]), 10, 5)
    assert not stalled(falling[:12], 10, 5)


def test_another_basin_is_searched_only_outside_the_best_one() -> None:
    problem = PROBLEMS["continuous"]()
    rng = np.random.default_rng(11)
    X = problem.encoding.sample(60, rng)
    aims = Aims.of(Learner(problem.encoding.columns).believe(X, smooth(X)), stalled=True)
    names = set()
    for _ in range(40):
        aim = aims.draw(aims.belief.posterior, rng)
        names.add(aim.name)
        if aim.avoid is not None:
            assert not aim.avoid.contains(aim.elites).any()
            assert aim.avoid.contains(aims.belief.elites[:1]).all()
    assert names == {"gp-ei", "gp-lcb", "gp-elsewhere"}


@pytest.mark.parametrize("seed", range(3))
def test_elsewhere_is_a_peak_and_not_the_border_of_the_best_basin(seed: int) -> None:
    problem = PROBLEMS["continuous"]()
    encoding, rng = problem.encoding, np.random.default_rng(seed)
    X = encoding.sample(40, rng)
    X[-20:] = 0.3 + 0.05 * rng.standard_normal((20, X.shape[1]))
    aims = Aims.of(Learner(encoding.columns).believe(X, smooth(X)), stalled=True)
    assert aims.basin is not None
    criterion = Criterion(aims.belief.posterior, float(aims.belief.means[aims.outside[0]]))
    proposer = Proposer(encoding, Novelty(folded(problem, [])), aims, Budget(), 40, Success())
    for proposal in (proposer.propose(1, X[:0], rng)[0] for _ in range(20)):
        if proposal.proposer == "gp-elsewhere":
            top, _ = refine(encoding, criterion, proposal.x, float(criterion(proposal.x[None])[0]))
            assert not aims.basin.contains(top[None])[0]


def test_many_pending_rows_narrow_the_belief_where_the_best_is() -> None:
    problem = PROBLEMS["continuous"]()
    rng = np.random.default_rng(13)
    encoding = problem.encoding
    X = encoding.sample(30, rng)
    history = folded(problem, [])
    aims = Aims.of(Learner(encoding.columns).believe(X, smooth(X)), stalled=False)
    proposer = Proposer(encoding, Novelty(history), aims, Budget(), 30, Success())
    found = proposer.propose(3, encoding.sample(2000, rng), rng)
    assert len({p.x.tobytes() for p in found}) == 3


def test_of_very_many_categories_the_neighbours_are_those_that_trials_have_had() -> None:
    problem = HpProblem({"word": [f"w{i}" for i in range(500)], "few": ["a", "b", "c"], "x": (0.0, 1.0)})
    encoding, rng = problem.encoding, np.random.default_rng(0)
    X = encoding.sample(30, rng)
    posterior = Posterior.given(
        Embedding.of(encoding.columns), Hyperparameters(np.zeros(3), -3.0, 0.0, -6.0), X, rng.normal(size=30)
    )
    word = encoding.columns.names.index("word")
    seen = posterior.categories(word)
    assert seen.tolist() == sorted(set(X[:, word].tolist()))
    around = neighbours(encoding.columns, X[0], {word: seen})
    assert len(around) == len(seen) - 1 + 2
    unseen = np.repeat(X[:1], 500 - len(seen), axis=0)
    unseen[:, word] = np.setdiff1d(np.arange(500.0), seen)
    mean, _ = posterior.predict(unseen)
    np.testing.assert_allclose(mean, mean[0])
