"""Jobs run the code that was submitted: a module is copied with what belongs to it."""

from pathlib import Path

import numpy as np
import pytest

from hypersonde.batch import freeze as freezing
from hypersonde.batch.freeze import freeze


@pytest.fixture
def code(tmp_path: Path) -> Path:
    return tmp_path / "run" / "code"


def test_a_package_is_copied_whole_without_what_is_hidden_or_compiled(tmp_path: Path, code: Path) -> None:
    top = tmp_path / "project" / "models"
    for name in ("__init__.py", "small/__init__.py", "small/model_run.py", "small/data/points.npz", ".git/config"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(name)
    (top / "__pycache__").mkdir()
    (top / "__pycache__" / "x.pyc").write_text("")
    frozen = freeze(top / "small" / "model_run.py", code)
    assert (frozen.file, frozen.note) == (code / "models" / "small" / "model_run.py", "")
    copied = sorted(str(p.relative_to(code)) for p in code.rglob("*") if p.is_file())
    assert copied == sorted(
        f"models/{n}" for n in ("__init__.py", "small/__init__.py", "small/model_run.py", "small/data/points.npz")
    )


def test_a_lone_module_is_copied_with_the_files_beside_it(tmp_path: Path, code: Path) -> None:
    home = tmp_path / "home"
    (home / "runs" / "old").mkdir(parents=True)
    for name in ("problem.py", "helper.py", "data.csv", "runs/old/job.sh"):
        (home / name).write_text(name)
    frozen = freeze(home / "problem.py", code)
    assert frozen.file == code / "home" / "problem.py"
    assert sorted(p.name for p in (code / "home").iterdir()) == ["data.csv", "helper.py", "problem.py"]


def test_what_is_too_large_stays_where_it_is(tmp_path: Path, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "problem.py").write_text("x" * 2**20)
    monkeypatch.setattr(freezing, "LIMIT", 2**19)
    frozen = freeze(tmp_path / "problem.py", code)
    assert frozen.file == tmp_path / "problem.py"
    assert frozen.note == f"{tmp_path} has 1 MB, more than 0 MB; the largest: problem.py with 1 MB"
    assert not code.exists()


def test_what_is_installed_stays_where_it_is(code: Path) -> None:
    frozen = freeze(Path(np.__file__), code)
    assert frozen.note == "it is installed"
    assert not code.exists()


def test_a_copy_of_many_files_says_so(tmp_path: Path, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "problem.py").write_text("x = 1\n")
    assert freeze(tmp_path / "problem.py", code).size == ""
    (tmp_path / "noise.log").write_text("")
    monkeypatch.setattr(freezing, "MANY", 1)
    assert freeze(tmp_path / "problem.py", code).size == f"2 files of {tmp_path} (0 MB)"
