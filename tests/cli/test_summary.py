"""The last words of a search."""

import io

import pytest
from rich.console import Console

from hypersonde import HpProblem, Metric
from hypersonde.cli.summary import footer
from hypersonde.study import Ending, Reason
from hypersonde.trials import History


@pytest.mark.parametrize(("ranks", "launcher"), [("3", "mpirun -n 3 "), ("1", "")])
def test_ranks_are_told_how_all_of_them_go_on(monkeypatch, tmp_path, ranks, launcher):
    monkeypatch.setenv("PMI_RANK", "0")
    monkeypatch.setenv("PMI_SIZE", ranks)
    said = io.StringIO()
    history = History(HpProblem({"x": (0.0, 1.0)}), [Metric("objective", "maximize")])
    footer(Console(file=said, width=200), Ending(Reason.TIMEOUT, history), tmp_path, ["hps", "islands", "-p", "a b.py"])
    assert f"\nTo resume: {launcher}hypersonde hps islands -p 'a b.py'\n" in said.getvalue()
