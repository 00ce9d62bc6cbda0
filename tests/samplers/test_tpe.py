"""TPE under the laws of samplers, and better than chance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.models.density import Tpe
from hypersonde.problem import HpProblem
from hypersonde.samplers.base import Suggestion
from hypersonde.samplers.random import Random
from hypersonde.samplers.tpe import TPE
from hypersonde.testing.histories import folded, outcome, random_events, search, started
from hypersonde.testing.problems import PROBLEMS
from hypersonde.testing.samplers import MakeSampler, SamplerLaws, ask
from hypersonde.trials import State


class TestTPE(SamplerLaws):
    @pytest.fixture
    def make(self) -> MakeSampler:
        return lambda: TPE(initial_points=5)


@pytest.mark.parametrize("setting", ["initial_points", "candidates"])
def test_settings_below_one_are_refused(setting: str) -> None:
    with pytest.raises(InvalidInput, match=f"{setting} must be at least 1"):
        TPE(**{setting: 0})


def test_failures_are_never_among_the_good_however_few_trials_succeed(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = HpProblem({"x": (0.0, 1.0), "y": (0.0, 1.0)})
    encoding = problem.encoding
    X = encoding.sample(200, np.random.default_rng(0))
    rows = np.concatenate([X[X[:, 0] < 0.8][:40], X[X[:, 0] > 0.8][:3]])
    events = []
    for i, config in enumerate(encoding.decode(rows)):
        state = State.FAILED if i < 40 else State.COMPLETE
        events += [started(i, Suggestion(config)), *outcome(i, state, (float(i),))]
    fit, good = Tpe.fit, []

    def watched(*args: Any) -> Any:
        ratio = fit(*args)
        good.append(ratio.good.points)
        return ratio

    monkeypatch.setattr(Tpe, "fit", watched)
    TPE().suggest(folded(problem, events), 1, np.random.default_rng(0))
    assert good
    assert all((points[:, 0] > 0.8).all() for points in good)


def test_the_record_says_who_proposed_and_how_much_the_point_looks_like_the_good_ones() -> None:
    problem = PROBLEMS["mixed"]()
    history = folded(problem, random_events(problem, 40, np.random.default_rng(0)))
    (suggestion,) = ask(TPE(), history)
    assert suggestion.why["proposer"] == "tpe"
    assert np.isfinite(suggestion.why["log_ratio"])


@pytest.mark.parametrize("workers", [1, 8])
def test_it_beats_chance_on_mixed_parameters(workers: int) -> None:
    problem = HpProblem(
        {"rate": (1e-5, 1.0, "log-uniform"), "x": (-5.0, 5.0), "units": (1, 64), "kind": ["p", "q", "r", "s"]}
    )

    def loss(config: Mapping[str, Any]) -> float:
        numbers = (np.log10(config["rate"]) + 2.3) ** 2 / 4 + (config["x"] - 1.2) ** 2 / 10
        return float(numbers + ((config["units"] - 40) / 20) ** 2 + "rpqs".index(config["kind"]) / 3)

    chance = [min(search(Random(), problem, loss, 80, seed=s)) for s in range(5)]
    found = [min(search(TPE(), problem, loss, 80, workers=workers, seed=s)) for s in range(5)]
    assert np.median(found) < 0.5 * np.median(chance)
