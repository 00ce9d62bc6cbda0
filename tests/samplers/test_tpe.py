"""TPE under the laws of samplers, and better than chance."""

from __future__ import annotations

import numpy as np
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.samplers.tpe import TPE
from hypersonde.testing.histories import folded
from hypersonde.testing.problems import PROBLEMS
from hypersonde.testing.samplers import MakeSampler, SamplerLaws, ask


class TestTPE(SamplerLaws):
    @pytest.fixture
    def make(self) -> MakeSampler:
        return lambda: TPE(initial_points=5)


@pytest.mark.parametrize("setting", ["initial_points", "candidates"])
def test_settings_below_one_are_refused(setting: str) -> None:
    with pytest.raises(InvalidInput, match=f"{setting} must be at least 1"):
        TPE(**{setting: 0})


def test_the_record_says_who_proposed_and_how_much_the_point_looks_like_the_good_ones() -> None:
    from hypersonde.testing.histories import random_events

    problem = PROBLEMS["mixed"]()
    history = folded(problem, random_events(problem, 40, np.random.default_rng(0)))
    (suggestion,) = ask(TPE(), history)
    assert suggestion.why["proposer"] == "tpe"
    assert np.isfinite(suggestion.why["log_ratio"])
