"""The default sampler: a Gaussian process that looks after itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from hypersonde.errors import NothingToSuggest
from hypersonde.models.gp import Prior
from hypersonde.samplers.base import Sampler, Suggestion
from hypersonde.samplers.bayes.aim import Aims
from hypersonde.samplers.bayes.design import design
from hypersonde.samplers.bayes.memory import Memory
from hypersonde.samplers.bayes.novelty import Novelty
from hypersonde.samplers.bayes.proposal import Proposal, Proposer
from hypersonde.trials import History

_FEWEST = 3
"""Values that a model needs before it is asked."""


@dataclass(eq=False)
class Auto(Sampler):
    """Suggests by a Gaussian process after a short quasirandom start, whatever the space, noise or scale.

    How it chooses, and what each ingredient is worth: ``docs/search/how_the_default_chooses.md``.

    Attributes
    ----------
    initial : evaluations before the model is asked; by default two more than there are parameters.
    prior : beliefs about the model's hyperparameters.
    most : trials that the model holds at most; beyond them the best, the nearest and a spread of the rest.
    """

    name: ClassVar[str] = "auto"
    order_matters: ClassVar[str] = "hyperparameters are fitted to the trials that finished first"

    initial: int | None = None
    prior: Prior = field(default_factory=Prior)
    most: int = 300
    _memories: WeakKeyDictionary[History, Memory] = field(init=False, repr=False, default_factory=WeakKeyDictionary)

    def suggest(self, history: History, count: int, rng: np.random.Generator) -> list[Suggestion]:
        memory = self._memory(history)
        novelty = Novelty(history)
        encoding = history.problem.encoding
        initial = self.initial if self.initial is not None else len(encoding.columns) + 2
        by_design = count if memory.successes < _FEWEST else min(count, max(0, initial - len(history)))
        X = design(history, novelty, by_design, rng) if by_design else np.empty((0, len(encoding.columns)))
        suggestions = [Suggestion(config, {"proposer": "design"}) for config in encoding.decode(X)]
        if len(suggestions) < count and memory.successes >= _FEWEST:
            pending = np.concatenate([history.X[history.pending], X])
            aims = memory.aims(len(pending), rng)
            proposer = Proposer(encoding, novelty, aims, memory.log_success)
            proposals = proposer.propose(count - len(suggestions), pending, rng)
            configs = encoding.decode(np.array([p.x for p in proposals]).reshape(-1, X.shape[1]))
            suggestions += [Suggestion(c, _why(history, aims, p)) for c, p in zip(configs, proposals, strict=True)]
        if not suggestions:
            rows = novelty.draw(count, lambda n: encoding.sample(n, rng))
            suggestions = [Suggestion(config, {"proposer": "random"}) for config in encoding.decode(rows)]
        if not suggestions:
            raise NothingToSuggest(
                f"no new configuration was found: {len(history)} of at most {encoding.cardinality():.0f} were tried."
            )
        return suggestions

    def _memory(self, history: History) -> Memory:
        memory = self._memories.get(history)
        if memory is None:
            memory = self._memories[history] = Memory.of(history, self.prior, self.most)
        memory.follow(history)
        return memory


def _why(history: History, aims: Aims, proposal: Proposal) -> dict[str, Any]:
    """What is recorded with a proposal: the proposer, and the value that is predicted, in units of the metric."""
    why: dict[str, Any] = {"proposer": proposal.aim.name}
    kappa = proposal.aim.criterion.kappa
    if kappa is not None:
        why["kappa"] = round(kappa, 4)
    if len(history.metrics) > 1:
        return why
    std = float(np.sqrt(proposal.variance))
    low, mean, high = aims.belief.warp.back(proposal.mean + std * np.array([-1.0, 0.0, 1.0])).tolist()
    return {**why, "predicted": history.metrics[0].sign * mean, "deviation": (high - low) / 2}
