"""What the program learns from the engine: packages must exist when one really runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pytest

from agents.contract import FUNCTIONS
from components.engine import find_packages

if TYPE_CHECKING:
    from pathlib import Path


def test_a_missing_package_says_how_to_make_it(tmp_path: Path) -> None:
    """With an engine, a zip that is not there ends the program in one line."""
    (tmp_path / "api.zip").touch()
    with pytest.raises(pulumi.RunError, match=r"gateway\.zip is missing: run make package STACK="):
        find_packages(tmp_path)


def test_packages_are_found_by_the_names_of_functions(tmp_path: Path) -> None:
    """Each function has a zip of its own."""
    for function in FUNCTIONS:
        (tmp_path / f"{function.name}.zip").touch()
    assert set(find_packages(tmp_path)) == {function.name for function in FUNCTIONS}
