"""What the program learns from the engine: packages must exist when one really runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pytest

from agents.contract import FUNCTIONS
from components.engine import find_emulator, find_packages

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_package_says_how_to_make_it(tmp_path: Path) -> None:
    """With an engine, a zip that is not there ends the program in one line."""
    for present in ("authoriser", "api"):
        (tmp_path / f"{present}.zip").touch()
    with pytest.raises(pulumi.RunError, match=r"gateway\.zip is missing: run make package STACK="):
        find_packages(tmp_path)


def test_packages_are_found_by_the_names_of_functions(tmp_path: Path) -> None:
    """Each function has a zip of its own."""
    for function in FUNCTIONS:
        (tmp_path / f"{function.name}.zip").touch()
    assert set(find_packages(tmp_path)) == {function.name for function in FUNCTIONS}


def test_the_local_stack_is_deployed_to_an_emulator_or_not_at_all() -> None:
    """Without its address an engine would look for real credentials; other stacks do not hear of it."""
    found = {"AWS_ENDPOINT_URL": "http://127.0.0.1:45001"}
    with pytest.raises(pulumi.RunError, match="run make up STACK=local"):
        find_emulator("local", {})
    assert find_emulator("local", found) == "http://127.0.0.1:45001"
    assert find_emulator("dev", found) == ""
