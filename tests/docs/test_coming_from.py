"""Every line of the pages for users of other projects, executed."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PAGES = Path(__file__).parents[2] / "docs" / "coming_from"
_BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.M | re.S)
_FILE = re.compile(r"# (\w+\.py)\n")


def execute(page: Path, where: Path) -> str:
    """What a page prints: code that begins with a file's name is that file, other code runs, and so do commands."""
    tools = str(Path(sys.executable).parent)
    printed = ""
    for kind, text in _BLOCK.findall(page.read_text()):
        named = _FILE.match(text)
        if kind == "python" and named:
            (where / named[1]).write_text(text)
            continue
        lines = text.strip().splitlines()
        assert kind == "python" or all(line.startswith("$ ") for line in lines)
        commands = [[sys.executable, "-c", text]] if kind == "python" else [["sh", "-c", line[2:]] for line in lines]
        for command in commands:
            done = subprocess.run(
                command,
                cwd=where,
                env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stderr}"
            printed += done.stdout
    return printed


def _printed_best(printed: str) -> list[dict[str, Any]]:
    """What `topk` printed each time: the best, under the key 0."""
    return [yaml.safe_load(text)["0"] for text in re.findall(r"^'0':\n(?:  .*\n)+", printed, re.M)]


def trials(directory: Path) -> list[dict[str, str]]:
    with open(directory / "results.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def propulate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    where = tmp_path_factory.mktemp("propulate")
    shutil.copytree(PAGES.parents[1] / "tests" / "interop" / "checkpoints", where / "runs" / "earlier")
    return where, execute(PAGES / "propulate.md", where)


def test_the_script_for_propulate_ran_and_went_on_with_more_ranks(propulate: tuple[Path, str]) -> None:
    where, _ = propulate
    assert "from propulate" not in (where / "search.py").read_text()
    found = trials(where / "runs" / "cnn")
    assert len(found) == 4 * 10
    assert {row["state"] for row in found} == {"COMPLETE"}


def test_the_search_without_a_script_ran_on_all_ranks(propulate: tuple[Path, str]) -> None:
    found = trials(propulate[0] / "runs" / "islands")
    assert len(found) == 40
    assert {row["state"] for row in found} == {"COMPLETE"}


@pytest.mark.parametrize("log", ["cnn", "islands"])
def test_topk_of_a_log_of_ranks_prints_the_lowest_loss_and_its_parameters(
    propulate: tuple[Path, str], log: str
) -> None:
    where, printed = propulate
    lowest = min(trials(where / "runs" / log), key=lambda row: float(row["loss"]))
    (shown,) = [best for best in _printed_best(printed) if best["loss"] == float(lowest["loss"])]
    assert shown["conv_layers"] == int(lowest["conv_layers"])
    assert shown["lr"] == float(lowest["lr"])


def test_the_checkpoints_were_read(propulate: tuple[Path, str]) -> None:
    assert "20 evaluations, the best (1.0998" in propulate[1]
