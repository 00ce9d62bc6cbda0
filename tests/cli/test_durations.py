"""Spans of time as people type them."""

import pytest

from hypersonde.cli.durations import seconds, spoken
from hypersonde.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "span"),
    [("90", 90), ("0.5", 0.5), ("90s", 90), ("10m", 600), ("2h", 7200), ("1d", 86400), ("1h30m", 5400)],
)
def test_a_span_is_a_number_of_seconds_or_numbers_with_units(text, span):
    assert seconds(text) == span


@pytest.mark.parametrize("text", ["", "s", "ten", "10 minutes", "5x", "1h-3m", "0", "0s", "-5", "nan", "inf"])
def test_whatever_else_is_refused(text):
    with pytest.raises(InvalidInput, match="a span of time: got"):
        seconds(text)


@pytest.mark.parametrize(("span", "text"), [(0.04, "0.0 s"), (59.9, "59.9 s"), (61, "1 min 1 s"), (7325, "2 h 2 min")])
def test_a_span_is_spoken_with_two_units_at_most(span, text):
    assert spoken(span) == text
