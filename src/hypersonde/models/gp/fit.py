"""The most plausible hyperparameters of a Gaussian process given data (maximum a posteriori)."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from hypersonde.columns import Array
from hypersonde.models.gp.embedding import Embedding
from hypersonde.models.gp.evidence import Evidence
from hypersonde.models.gp.hyperparameters import Hyperparameters, Prior

__all__ = ["most_plausible"]


def most_plausible(embedding: Embedding, Z: Array, t: Array, prior: Prior, *, steps: int = 40) -> Hyperparameters:
    """The mode found by L-BFGS from the centre of the prior, for features ``Z`` (n, E) and outputs ``t`` (n,).

    A fixed start makes it a function of the data alone: a search that was resumed fits what it would have
    fitted. ``t`` should have mean about 0 and variance about 1.
    """
    count = len(embedding.columns)
    result = minimize(
        Evidence(embedding, prior, Z, t),
        prior.centre(count).vector,
        jac=True,
        method="L-BFGS-B",
        bounds=prior.bounds(count),
        options={"maxiter": steps, "ftol": 1e-6},
    )
    return Hyperparameters.from_vector(np.asarray(result.x, dtype=np.float64))
