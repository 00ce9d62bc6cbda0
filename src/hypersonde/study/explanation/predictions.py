"""What was predicted when a trial was chosen, beside what was measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array
from hypersonde.models.calibration import Agreement
from hypersonde.trials import History, Trial

__all__ = ["Prediction", "recorded_agreement"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """Of a metric, in its units, as recorded by the sampler before the trial ran.

    Attributes
    ----------
    value, deviation : mean and standard deviation (> 0) of what was predicted, without the noise of measuring.
    measured : None without a value.
    """

    value: float
    deviation: float
    measured: float | None

    @classmethod
    def of(cls, trial: Trial, metric: int = 0, name: str = "") -> Prediction | None:
        """What a trial's record holds of a metric, by its place and name; None when it holds no prediction."""
        suffix = f" {name}" if metric else ""
        value, deviation = trial.why.get(f"predicted{suffix}"), trial.why.get(f"deviation{suffix}")
        if not isinstance(value, int | float) or not isinstance(deviation, int | float):
            return None
        if not math.isfinite(value) or not math.isfinite(deviation) or deviation <= 0.0:
            return None
        got = trial.values[metric] if trial.values else None
        measured = got if got is not None and math.isfinite(got) else None
        return cls(value, deviation, measured)

    @property
    def off(self) -> float | None:
        """How many deviations the measured value lies above the prediction; None without a value."""
        return None if self.measured is None else (self.measured - self.value) / self.deviation


def recorded_agreement(history: History, noise_at: Callable[[Array], Array] | None = None) -> Agreement | None:
    """Of all recorded predictions with what was measured, as losses; None when no complete trial has one.

    Parameters
    ----------
    noise_at : standard deviations (n,) of the noise of measuring around values (n,) of the first metric, added to
        what was recorded; none by default.
    """
    found = [p for trial in history if (p := Prediction.of(trial)) is not None and p.measured is not None]
    if not found:
        return None
    y, mean, deviation = np.array([[p.measured, p.value, p.deviation] for p in found], dtype=np.float64).T
    if noise_at is not None:
        deviation = np.hypot(deviation, noise_at(mean))
    sign = history.metrics[0].sign
    return Agreement.of(sign * y, sign * mean, deviation)
