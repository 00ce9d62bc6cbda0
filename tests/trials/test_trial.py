"""The record of one evaluation."""

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from hypersonde.trials import Failure, State, Trial


def test_a_record_does_not_change_but_makes_a_new_one() -> None:
    trial = Trial(0, {"x": 1})
    with pytest.raises(FrozenInstanceError):
        trial.state = State.COMPLETE  # type: ignore[misc]
    done = replace(trial, state=State.COMPLETE, values=(0.5, 2.0), started=1.0, finished=3.5)
    assert (done.value, done.seconds) == (0.5, 2.5)
    assert (trial.value, trial.seconds) == (None, None)


@pytest.mark.parametrize("state", State)
def test_a_state_is_final_when_nothing_can_follow(state: State) -> None:
    assert state.final == (state.name in {"COMPLETE", "PRUNED", "FAILED", "CANCELLED"})
    assert str(state) == state.name
    assert (np.array([state], dtype=np.int8) == state).all()


def test_a_failure_reads_as_one_line() -> None:
    assert str(Failure("TimeLimit", "12 s")) == "TimeLimit: 12 s"
    assert str(Failure("Cancelled", "")) == "Cancelled"
