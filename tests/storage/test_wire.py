"""Messages between ranks: what was sent is read, and it is small."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hypersonde.errors import StorageError
from hypersonde.failure import Failure
from hypersonde.storage.wire import Reader, Sent, Writer
from hypersonde.trials import Finished, Queued, Released, Reported, Started, State

TEN = {f"x{i}": 0.1 * i for i in range(10)}
BRED = {"island": 2, "parents": "0:120 3:98"}

_plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.tuples(inner, inner) | st.lists(inner, max_size=3),
    max_leaves=4,
)
_mapping = st.dictionaries(st.text(max_size=5), _plain, max_size=4)
_number, _time = st.integers(0, 2**32 - 1), st.floats(0, 2e9)
_attempt = st.integers(1, 100)
_events = st.one_of(
    st.builds(Queued, _number, _time, _mapping, st.text(), _mapping),
    st.builds(Started, _number, _time, _mapping, st.text(), _mapping, st.text(), _attempt),
    st.builds(Reported, _number, _time, st.integers(0, 2**40), st.floats(allow_nan=False), _attempt),
    st.builds(Released, _number, _time, st.builds(Failure, st.text(), st.text(), st.booleans()), _attempt),
    st.builds(
        Finished,
        _number,
        _time,
        st.sampled_from([State.COMPLETE, State.FAILED, State.PRUNED, State.CANCELLED]),
        st.lists(st.floats(allow_nan=False), max_size=3).map(tuple),
        _mapping,
        st.none() | st.builds(Failure, st.text(), st.text()),
        st.text(),
        _attempt,
    ),
)


@settings(max_examples=150, deadline=None)
@given(events=st.lists(st.builds(Sent, st.integers(0, 65535), _events), max_size=8), cut=st.integers(0, 8))
def test_what_was_sent_is_read(events, cut):
    writer, reader = Writer(), Reader()
    messages = [writer.message(events[:cut]), writer.message(events[cut:])]
    assert [sent for message in messages for sent in reader.events(message)] == events


def test_infinities_and_nan_arrive():
    sent = Sent(0, Reported(0, 1.0, 1, math.nan))
    (read,) = Reader().events(Writer().message([sent]))
    assert math.isnan(read.event.value)
    assert Reader().events(Writer().message([Sent(0, Reported(0, 1.0, 1, -math.inf))]))[0].event.value == -math.inf


def test_birth_and_end_of_a_trial_with_ten_floats_are_under_200_bytes_together():
    writer = Writer()

    def message(number):
        born = Started(number, 1.0, TEN, "islands", BRED, "host/4711/f00/12345", 1)
        done = Finished(number, 2.0, State.COMPLETE, (0.5,), {}, None, "host:4711/0")
        return writer.message([Sent(1, born), Sent(1, done)])

    message(0)
    assert len(message(1)) < 200


def test_garbage_is_one_clear_line():
    with pytest.raises(StorageError, match="same version"):
        Reader().events(b"\x07garbage")
