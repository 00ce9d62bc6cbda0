"""What hypersonde.log says of trials, and how little where they are short."""

import logging
from pathlib import Path

from hypersonde import History, HpProblem, Metric, State
from hypersonde.study.log import Scribe, log_file
from hypersonde.trials import Failure, Finished, Released, Started


def told(tmp_path, *batches):
    """The lines that a scribe writes of events that come in batches, without their time."""
    history, scribe = History(HpProblem({"x": (0, 9)}), [Metric("y", "maximize")]), Scribe()
    with log_file(tmp_path / "log"):
        for events in batches:
            history.extend(events)
            scribe(history, events)
    return [line.split(" ", 3)[3].strip() for line in (tmp_path / "log").read_text().splitlines()]


def started(number, time):
    return [Started(number, time, {"x": number}, "ga")]


def ended(number, time):
    return [Finished(number, time, State.COMPLETE, (1.0,), worker="here:1")]


def test_of_evaluations_that_follow_short_ones_only_the_end_is_told_with_what_was_tried(tmp_path):
    lines = told(tmp_path, started(0, 1.0), ended(0, 1.01), started(1, 1.02), ended(1, 2.0), started(2, 2.1))
    assert lines == [
        "trial 0 started (ga): {'x': 0}",
        "trial 0 COMPLETE after 0.01 s on here:1: (1.0,)",
        "trial 1 COMPLETE after 0.98 s on here:1: (1.0,) (ga): {'x': 1}",
        "trial 2 started (ga): {'x': 2}",
    ]


def test_an_evaluation_that_goes_back_to_the_queue_is_told_in_any_case(tmp_path):
    back = Released(1, 1.5, Failure("WorkerLost", "gone"))
    lines = told(tmp_path, started(0, 1.0), ended(0, 1.01), started(1, 1.02), [back])
    assert lines[2:] == ["trial 1 goes back to the queue: WorkerLost: gone"]


def test_lines_have_their_time_to_the_millisecond(tmp_path):
    with log_file(tmp_path / "log"):
        for created in (1_000_000_000.25, 1_000_000_000.5, 1_000_000_001.0):
            record = logging.LogRecord("hypersonde", logging.INFO, "", 0, "said", None, None)
            record.created, record.msecs = created, created % 1 * 1000
            logging.getLogger("hypersonde").handle(record)
    times = [line.split()[1] for line in (tmp_path / "log").read_text().splitlines()]
    assert [time[-6:] for time in times] == ["40,250", "40,500", "41,000"]


def test_a_log_on_a_full_disk_ends_nothing():
    with log_file(Path("/dev/full")):
        logging.getLogger("hypersonde").info("this has nowhere to go")
