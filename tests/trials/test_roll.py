"""The law of the roll: what it takes to walk through it is what is on it now, not what once was."""

from sys import getsizeof

from hypothesis import given
from hypothesis import strategies as st

from hypersonde.trials.roll import Roll


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 200)), max_size=2_000))
def test_it_says_what_a_dict_says_in_the_same_order(turns: list[tuple[bool, int]]) -> None:
    roll, plain = Roll[str](), dict[int, str]()
    for comes, number in turns:
        if comes:
            roll[number] = plain[number] = f"of {number}"
        else:
            assert roll.strike(number) == plain.pop(number, None)
    assert list(roll.items()) == list(plain.items())


def test_one_that_was_long_is_not_larger_than_one_that_never_was() -> None:
    roll = Roll[None]()
    for number in range(100_000):
        roll[number] = None
    for number in range(99_990):
        roll.strike(number)
    assert list(roll) == list(range(99_990, 100_000))
    assert getsizeof(roll) < 2 * getsizeof(Roll(dict.fromkeys(range(100))))
