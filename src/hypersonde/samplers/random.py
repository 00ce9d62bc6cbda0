"""Random search: the sampler that the others are compared with, and the template for a new one."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.distinct import distinct
from hypersonde.trials import History


class Random(Sampler):
    """Draws from the priors of the space, never the same configuration twice while there are others."""

    name: ClassVar[str] = "random"

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        encoding = history.problem.encoding
        X = distinct(history, count, lambda n: encoding.sample(n, rng))
        return [Suggestion(config) for config in encoding.decode(X)]
