"""The rules of the house: who may import what, and what a bare import may load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import hypersonde

SOURCE = Path(hypersonde.__file__).parent
TEMPLATES = SOURCE / "cli" / "templates"  # files of users, not of the house
MODULES = sorted(p for p in SOURCE.rglob("*.py") if not p.is_relative_to(TEMPLATES))
HEAVY = ("torch", "pandas", "sklearn", "numba", "mpi4py", "ray", "matplotlib", "scipy", "ConfigSpace", "sqlalchemy")


def imports(path: Path) -> set[str]:
    """Dotted names of all that a module imports, at any depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return found


def floor_uses(path: Path) -> set[str]:
    floors = ("samplers", "storage", "evaluators")
    return {floor for floor in floors if any(name.startswith(f"hypersonde.{floor}") for name in imports(path))}


def loaded_by(code: str) -> set[str]:
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(shown.stdout.splitlines()[-1].split())


def test_only_the_loop_works_with_samplers_storage_and_evaluators_together():
    knows_all = {p.relative_to(SOURCE).as_posix() for p in SOURCE.glob("study/*.py") if len(floor_uses(p)) == 3}
    assert knows_all <= {"study/loop.py", "study/study.py", "study/defaults.py"}
    assert "study/loop.py" in knows_all or floor_uses(SOURCE / "study/loop.py") == {"samplers", "evaluators"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_no_private_name_is_used_outside_its_own_folder(path):
    for name in imports(path):
        *parents, last = name.split(".")
        if name.startswith("hypersonde.") and last.startswith("_") and not last.startswith("__"):
            home = SOURCE.parent.joinpath(*parents)
            folder = home.parent if home.with_suffix(".py").exists() else home
            assert path.is_relative_to(folder), f"{path} uses the private name {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_no_private_attribute_of_another_module_is_used(path):
    nodes = list(ast.walk(ast.parse(path.read_text())))
    used = [n for n in nodes if isinstance(n, ast.Attribute) and n.attr.startswith("_") and not n.attr.endswith("__")]
    of_its_own = {n.attr for n in used if isinstance(n.value, ast.Name) and n.value.id in ("self", "cls")}
    of_its_own |= {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    assert {n.attr for n in used} <= of_its_own | {"_exit", "_asdict"}  # public, whatever they are called


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_every_module_opens_with_a_sentence(path):
    text = ast.get_docstring(ast.parse(path.read_text()))
    assert text, f"{path} has no docstring"
    assert len(text) > 10, f"{path}: the docstring says nothing"
    assert text.splitlines()[0].strip().endswith((".", ":", "?")), f"{path}: the docstring's first line is no sentence"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_the_library_neither_prints_nor_asks(path):
    if path.is_relative_to(SOURCE / "cli") or path.is_relative_to(SOURCE / "testing"):
        return
    calls = [
        n.func.id
        for n in ast.walk(ast.parse(path.read_text()))
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)
    ]
    if "__main__" not in path.read_text():
        assert not {"print", "input"} & set(calls)


@pytest.mark.parametrize(
    "code",
    [
        "import hypersonde",
        "import hypersonde.evaluators.worker",
        "import hypersonde.cli.main",
        "import hypersonde.cli.running",
    ],
)
def test_light_imports_load_nothing_heavy(code):
    loaded = loaded_by(code)
    assert not loaded & set(HEAVY)


def test_the_study_floor_of_a_worker_loads_nothing_heavy():
    assert not loaded_by("import hypersonde.study.evaluate") & {*HEAVY, "numpy"}
