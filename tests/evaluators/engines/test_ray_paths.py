import sys
import tempfile
from typing import Any

import pytest

from hypersonde.errors import InvalidInput
from hypersonde.evaluators import RayEvaluator


@pytest.mark.parametrize(
    ("owner", "name", "path", "runtime_env", "said"),
    [
        (
            sys,
            "executable",
            "/my venv/bin/python",
            {"env_vars": {"A": "1"}},
            "^Ray cannot start workers with a runtime_env where the path of this Python has a space: got '/my venv/",
        ),
        (
            tempfile,
            "tempdir",
            "/my tmp",
            {"pip": ["six"]},
            "temporary files has a space: got '/my tmp'",
        ),
    ],
)
def test_a_space_in_a_path_that_ray_does_not_quote_is_one_clear_line_and_no_hang(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, path: str, runtime_env: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr(owner, name, path)
    with pytest.raises(InvalidInput, match=said):
        RayEvaluator(1, runtime_env=runtime_env)
