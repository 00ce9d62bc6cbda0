"""Command lines as work."""

from __future__ import annotations

import json
import os
import pickle
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from hypersonde.errors import InvalidInput
from hypersonde.evaluators import Channel, Command, CommandFailed, ProcessEvaluator, Report, Task, ThreadEvaluator
from hypersonde.testing.evaluators import by_key, finish

PYTHON = [sys.executable, "-c"]


@dataclass
class Trial:
    """The few things that a command needs of a trial."""

    directory: Path
    config: dict[str, Any] = field(default_factory=lambda: {"lr": 0.1, "name": "two words", "net.depth": 3})
    number: int = 7
    stop_after: float = float("inf")
    born: float = field(default_factory=time.monotonic)

    def should_stop(self) -> bool:
        return time.monotonic() - self.born > self.stop_after


def test_placeholders_become_single_arguments_whatever_they_hold(tmp_path: Path) -> None:
    command = Command(
        [
            *PYTHON,
            "import sys, json; print(json.dumps(dict(args=sys.argv[1:])))",
            "{lr:.3f}",
            "{name}",
            "{net.depth}",
            "{{}}",
        ]
    )
    assert command(Trial(tmp_path)) == {"args": ["0.100", "two words", "3", "{}"]}


def test_the_configuration_the_directory_and_the_number_can_be_found(tmp_path: Path) -> None:
    program = (
        "import os, sys; found = [os.environ['HYPERSONDE_' + name] for name in ('CONFIG', 'DIRECTORY', 'TRIAL')]; "
        "print(sys.argv[1:] == found and open(sys.argv[1]).read())"
    )
    result = Command([*PYTHON, program, "{config}", "{directory}", "{trial}"])(Trial(tmp_path))
    assert result == Trial(tmp_path).config == json.loads((tmp_path / "config.json").read_text())


def test_a_line_is_split_as_a_shell_splits_it(tmp_path: Path) -> None:
    assert Command("bash -c 'echo noise; echo {lr}; echo'")(Trial(tmp_path)) == 0.1


def test_the_objective_may_be_in_a_file_of_the_trial(tmp_path: Path) -> None:
    (tmp_path / "result-7.json").write_text("999")
    command = Command(["bash", "-c", "echo 5; echo -0.25 > {directory}/result-{trial}.json"], "result-{trial}.json")
    assert command(Trial(tmp_path)) == -0.25
    with pytest.raises(CommandFailed, match=r"left no objective: the file .*result-7.json' is absent"):
        Command(["true"], "result-{trial}.json")(Trial(tmp_path))


def test_the_command_runs_where_its_caller_is_and_reads_nothing(tmp_path: Path) -> None:
    program = "import json, os, sys; print(json.dumps(dict(cwd=os.getcwd(), stdin=sys.stdin.read())))"
    assert Command([*PYTHON, program])(Trial(tmp_path)) == {"cwd": os.getcwd(), "stdin": ""}


def test_what_it_prints_is_passed_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert Command("bash -c 'echo grün; echo tell >&2; echo 1'")(Trial(tmp_path)) == 1.0
    assert capsys.readouterr() == ("grün\n1\n", "tell\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("bash -c 'echo one >&2; echo bad lr >&2; exit 3'", "exited with status 3: bad lr\none\nbad lr"),
        ("bash -c 'kill -9 $$'", "was killed by signal 9"),
        ("bash -c 'echo done'", "the last line of its output is 'done', expected a number or a JSON object"),
        ("true", "the last line of its output is absent"),
        ("no-such-program {lr}", "cannot start `no-such-program 0.1`: No such file or directory: 'no-such-program'"),
        ("echo {rate}", "placeholder {rate} has no value in this configuration. It has: lr, name, net.depth"),
        ("echo {name:.3f}", "cannot fill '{name:.3f}': Unknown format code 'f'"),
    ],
)
def test_a_command_that_fails_says_why(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(CommandFailed) as caught:
        Command(line)(Trial(tmp_path))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("", "got an empty one"),
        ("echo 'half", "No closing quotation"),
        ("echo {lr", "expected '}' before end of string"),
        ("echo {}", "got {} without a name"),
        ("echo {unit}", "unknown placeholder 'unit'. Did you mean 'units'?"),
    ],
)
def test_a_template_that_cannot_work_is_refused_at_once(template: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Command(template, names=["lr", "units"])
    assert words in str(caught.value)


def test_stopping_is_polite_first_and_keeps_the_last_word(tmp_path: Path) -> None:
    polite = "trap 'echo 0.5; exit 1' TERM; echo 0.1; while true; do sleep 0.05; done"
    assert Command(["bash", "-c", polite])(Trial(tmp_path, stop_after=0.5)) == 0.5


def test_stopping_ends_what_will_not_listen(tmp_path: Path) -> None:
    deaf = "trap '' TERM; while true; do sleep 0.05; done"
    with pytest.raises(CommandFailed, match="It was asked to stop"):
        Command(["bash", "-c", deaf], grace=0.2)(Trial(tmp_path, stop_after=0.3))


def test_a_background_process_that_keeps_the_streams_open_is_not_waited_for(tmp_path: Path) -> None:
    assert Command("bash -c 'sleep 20 & echo 3'")(Trial(tmp_path)) == 3.0


def call(argument: tuple[Command, Path], channel: Channel) -> Any:
    """As a study hands it over."""
    command, directory = argument
    trial = Trial(directory)
    channel.report("running")
    trial.should_stop = channel.should_stop  # type: ignore[method-assign]
    return command(trial)


@pytest.mark.parametrize("make", [ProcessEvaluator, ThreadEvaluator])
def test_a_time_limit_takes_the_command_along(tmp_path: Path, make: Any) -> None:
    command = pickle.loads(pickle.dumps(Command(f"bash -c 'echo begun; sleep 61 & sleep 62; touch {tmp_path}/mark'")))
    with make(1) as evaluator:
        output = tmp_path / "output.txt"
        evaluator.submit(Task(0, call, (command, tmp_path), time_limit=1.0, output=output))
        (end,) = by_key(finish(evaluator, 1))
        assert str(end.failure).startswith("TimeLimit")
        wait_until_nothing_runs("sleep 61", "sleep 62")
        assert output.read_text() == "begun\n"


def test_a_stop_request_reaches_the_command(tmp_path: Path) -> None:
    command = Command(["bash", "-c", "trap 'echo 4; exit' TERM; while true; do sleep 0.05; done"])
    with ProcessEvaluator(1) as evaluator:
        evaluator.submit(Task(0, call, (command, tmp_path)))
        assert evaluator.collect() == [Report(0, "running")]
        bell = threading.Timer(0.5, evaluator.wake)  # let bash set its trap
        bell.start()
        evaluator.collect()
        evaluator.stop(0)
        (end,) = by_key(finish(evaluator, 1))
    assert end.value == 4.0


def wait_until_nothing_runs(*lines: str) -> None:
    deadline = time.monotonic() + 30
    while found := [p for p in psutil.process_iter(["cmdline"]) if " ".join(p.info["cmdline"] or ()) in lines]:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
