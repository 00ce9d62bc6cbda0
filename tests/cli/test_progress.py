"""What a search shows while it runs: a bar in a terminal, a line now and then anywhere else."""

import io
import logging
import re

import pytest
from rich.console import Console

from hypersonde import HpProblem, Metric, Study
from hypersonde.cli.progress import Progress
from hypersonde.evaluators import SerialEvaluator
from hypersonde.samplers import Random


def searching(progress, run=lambda config: config["x"] ** 2, count=4):
    study = Study(
        HpProblem({"x": (0.0, 1.0)}),
        run,
        metrics=Metric("loss", "minimize"),
        sampler=Random(),
        seed=1,
        observers=[progress],
    )
    with progress.showing(study.history):
        study.run(count, evaluator=SerialEvaluator())
    return study


@pytest.fixture
def written():
    return io.StringIO()


def test_in_a_pipe_a_line_says_now_and_then_how_things_stand(written):
    moments = iter(range(1000))
    study = searching(Progress(Console(file=written, width=200), 4, clock=lambda: float(next(moments))))
    lines = written.getvalue().splitlines()
    assert 1 <= len(lines) <= 2
    assert re.fullmatch(r"\d/4 done, (best \S+ \(trial \d\), )?\d running(, \S+/\w+)?(, [\d.]+ s left)?", lines[0])
    assert study.best is not None


def test_the_line_counts_failures_and_takes_the_best_in_the_metric_s_direction(written):
    def run(config):
        if config["x"] > 0.5:
            raise ValueError("too large")
        return config["x"]

    progress = Progress(Console(file=written), 9)
    study = searching(progress, run, count=9)
    failed = sum(trial.failure is not None for trial in study.history)
    assert failed > 0
    line = progress.line(study.history)
    assert line.startswith(f"best {study.best.value:.6g} (trial {study.best.number}), {failed} failed, 0 running, ")
    assert "left" not in line


def test_a_terminal_has_a_bar_that_ends_full(written):
    searching(Progress(Console(file=written, force_terminal=True, width=100), 4))
    assert re.search(r"4/4.*best 0\.\d+ \(trial \d\), 0 running", written.getvalue())


def test_quiet_is_silent(written):
    searching(Progress(Console(file=written, force_terminal=True, quiet=True), 4, verbose=True))
    assert written.getvalue() == ""


def test_logging_is_left_as_it_was_found(written):
    before = list(logging.getLogger("hypersonde").handlers)
    searching(Progress(Console(file=written), 4, verbose=True))
    assert logging.getLogger("hypersonde").handlers == before


def test_what_models_make_a_search_wait_for_is_told_and_no_other_part_s_chatter(written, caplog):
    def run(config):
        logging.getLogger("hypersonde.models.forest").info("compiling")
        logging.getLogger("hypersonde.elsewhere").info("chatter")
        return 0.0

    with caplog.at_level(logging.INFO, "hypersonde"):
        searching(Progress(Console(file=written, width=200), 4), run)
    assert "compiling\n" in written.getvalue()
    assert "chatter" not in written.getvalue()
