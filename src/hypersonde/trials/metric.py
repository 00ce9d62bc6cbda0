"""What is measured, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass

from hypersonde.errors import InvalidInput, unknown

DIRECTIONS = ("maximize", "minimize")


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured quantity and its direction; there is no default direction on purpose.

    >>> Metric("accuracy", "maximize").loss(0.9)
    -0.9
    """

    name: str
    direction: str

    def __post_init__(self) -> None:
        if not self.name or not isinstance(self.name, str):
            raise InvalidInput(f"a metric needs a name, a string, got {self.name!r}.")
        if self.direction not in DIRECTIONS:
            raise unknown(f"direction of metric {self.name!r}:", self.direction, DIRECTIONS)

    @property
    def sign(self) -> float:
        """+1 when lower is better, -1 when higher is better."""
        return 1.0 if self.direction == "minimize" else -1.0

    def loss(self, value: float) -> float:
        """The value as a loss: lower is better, whatever the direction."""
        return self.sign * value
