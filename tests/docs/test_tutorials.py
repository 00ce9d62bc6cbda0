"""The tutorials, every line executed as it stands there."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "cnn_under_mpirun.md"
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.M | re.S)


def ran(command: list[str], where: Path) -> str:
    """What a command prints; one epoch for each network."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=where,
        env={**os.environ, "PATH": path, "EPOCHS": "1"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the page's files, after its commands; what they printed is in ``printed``."""
    where = tmp_path_factory.mktemp("digits")
    printed = ""
    for kind, text in BLOCK.findall(PAGE.read_text()):
        if kind == "python":
            (where / text.splitlines()[0].removeprefix("# ")).write_text(text)
            continue
        assert all(line.startswith("$ ") for line in text.splitlines())
        for line in text.splitlines():
            printed += ran(["sh", "-c", line[2:]], where)
    (where / "printed").write_text(printed)
    return where


def test_two_ranks_tuned_the_network_on_two_islands(place: Path) -> None:
    with open(place / "runs" / "digits" / "results.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 16
    assert {row["state"] for row in rows} == {"COMPLETE"}
    assert max(float(row["accuracy"]) for row in rows) > 0.5
    printed = (place / "printed").read_text()
    shown = dict(re.findall(r"^trial (\d+) on island \d, parents [^:]*: (\d\.\d{3})$", printed, re.M))
    assert len(shown) == 16
    assert set(re.findall(r"on island (\d)", printed)) == {"0", "1"}
    assert re.search(r"parents \d", printed)


def test_each_rank_takes_the_gpu_of_its_number_and_the_cpu_where_there_is_none(place: Path) -> None:
    code = """
import torch
from model_run import device
for gpus in (0, 2, 4):
    torch.cuda.device_count = lambda: gpus
    print(gpus, [device(rank)["devices"] for rank in (0, 3, 4)], device(0)["accelerator"])
"""
    said = ran([sys.executable, "-c", code], place).strip().splitlines()[-3:]
    assert said == ["0 [1, 1, 1] cpu", "2 [[0], [1], [0]] gpu", "4 [[0], [3], [0]] gpu"]
