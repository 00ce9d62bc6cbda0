"""A metric states its direction."""

from typing import Any

import pytest

from hypersonde.errors import InvalidInput
from hypersonde.trials import Metric


def test_a_loss_is_lower_when_the_value_is_better() -> None:
    assert Metric("accuracy", "maximize").loss(0.9) < Metric("accuracy", "maximize").loss(0.8)
    assert Metric("error", "minimize").loss(0.1) < Metric("error", "minimize").loss(0.2)


@pytest.mark.parametrize(
    ("name", "direction", "expected"),
    [
        ("accuracy", "max", "unknown direction of metric 'accuracy': 'max'. Did you mean 'maximize'? Known: "),
        ("", "maximize", "a metric needs a name, a string, got ''."),
        (3, "maximize", "a metric needs a name, a string, got 3."),
    ],
)
def test_a_bad_metric_is_refused(name: Any, direction: str, expected: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Metric(name, direction)
    assert str(caught.value).startswith(expected)
