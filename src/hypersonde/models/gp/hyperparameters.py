"""What a Gaussian process is tuned by, with the prior beliefs about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hypersonde.columns import Array

__all__ = ["Hyperparameters", "Prior"]


@dataclass(frozen=True, slots=True, eq=False)
class Hyperparameters:
    """Of one process over D parameters, in logarithms.

    Attributes
    ----------
    log_lengths : (D,) logarithms of the length scales, in units of the encoded columns.
    log_trend : logarithm of the variance of a slope (or a curvature) of the main effects per length scale.
    log_signal : logarithm of the variance of the function, in units of the warped outputs squared.
    log_noise : logarithm of the variance of the noise, same units.
    """

    log_lengths: Array
    log_trend: float
    log_signal: float
    log_noise: float

    @classmethod
    def from_vector(cls, theta: Array) -> Hyperparameters:
        """From ``theta`` (D + 3,): length scales, trend, signal, noise."""
        return cls(theta[:-3].copy(), float(theta[-3]), float(theta[-2]), float(theta[-1]))

    @property
    def vector(self) -> Array:
        """All in one array (D + 3,): length scales, trend, signal, noise."""
        return np.concatenate([self.log_lengths, [self.log_trend, self.log_signal, self.log_noise]])

    @property
    def trend(self) -> float:
        """Variance of the main effects."""
        return float(np.exp(self.log_trend))

    @property
    def signal(self) -> float:
        """Variance of the function."""
        return float(np.exp(self.log_signal))

    @property
    def noise(self) -> float:
        """Variance of the noise."""
        return float(np.exp(self.log_noise))


@dataclass(frozen=True, slots=True)
class Prior:
    """Independent normal beliefs about the logarithms.

    The length scales are centred at ``length * sqrt(D)``: distances in the unit cube grow like sqrt(D)
    (Hvarfner et al. 2024, arXiv 2402.02229), although the constant that they derive is too long for D <= 12.

    Attributes
    ----------
    length, length_width : centre of the length scales for D = 1, width of the belief in natural logarithms.
    trend, trend_width : centre of the variance of the main effects, width of the belief.
    signal_width : width of the belief about the variance of the function; its centre is 1, outputs being
        standardised.
    noise, noise_width : centre of the variance of the noise, width of the belief.
    least_noise : the variance of the noise never falls below it.
    """

    length: float = 0.25
    length_width: float = 0.6
    trend: float = 0.1
    trend_width: float = 1.5
    signal_width: float = 1.0
    noise: float = float(np.exp(-4.0))
    noise_width: float = 2.0
    least_noise: float = 1e-6

    def centre(self, count: int) -> Hyperparameters:
        """The most plausible hyperparameters over ``count`` parameters before any data."""
        lengths = np.full(count, np.log(self.length * np.sqrt(max(count, 1))))
        return Hyperparameters(lengths, float(np.log(self.trend)), 0.0, float(np.log(self.noise)))

    def widths(self, count: int) -> Array:
        """Standard deviations (count + 3,) in the order of `Hyperparameters.vector`."""
        others = [self.trend_width, self.signal_width, self.noise_width]
        return np.concatenate([np.full(count, self.length_width), others])

    def bounds(self, count: int) -> list[tuple[float, float]]:
        """Where to look, per entry of `Hyperparameters.vector`."""
        lengths = [(float(np.log(5e-3)), float(np.log(1e2)))] * count
        trend, signal = (float(np.log(1e-5)), float(np.log(1e2))), (float(np.log(1e-2)), float(np.log(1e2)))
        return [*lengths, trend, signal, (float(np.log(self.least_noise)), 1.0)]
