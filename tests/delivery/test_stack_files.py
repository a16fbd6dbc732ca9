"""Stack files as a plan takes them; tests/engine/ holds them against the engine's own reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.errors import InvalidError
from delivery.places import Places
from delivery.stack_files import read_stack
from delivery.targets import settings_of

if TYPE_CHECKING:
    from pathlib import Path

PROJECT = "name: quartermaster\nruntime: python\n"


def write(folder: Path, text: str) -> None:
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "Pulumi.dev.yaml").write_text(text)


@pytest.mark.parametrize("config", ["[]", "{a: 1}.x", "0", "false", '""', "[a]"])
def test_a_configuration_that_is_no_mapping_is_refused(tmp_path: Path, config: str) -> None:
    """Taken as empty, it would deploy the defaults of a stack that somebody wrote settings for."""
    write(tmp_path, f"config: {config}\n")
    with pytest.raises(InvalidError, match=r"Pulumi\.dev\.yaml"):
        read_stack(tmp_path, "dev")


@pytest.mark.parametrize("text", ["", "config:\n", "config: null\n", "config: {}\n"])
def test_a_stack_may_say_nothing(tmp_path: Path, text: str) -> None:
    """As `pulumi stack init` leaves it."""
    write(tmp_path, text)
    assert read_stack(tmp_path, "dev").config == {}


def test_a_section_without_keys_is_told_apart_from_text(tmp_path: Path) -> None:
    """The engine hands an empty text on for it; the message says what stands there."""
    write(tmp_path, "config:\n  quartermaster:features:\n  quartermaster:api: null\n")
    with pytest.raises(InvalidError) as refused:
        settings_of(Places(tmp_path), "dev")
    for line, section in ((2, "features"), (3, "api")):
        assert f"Pulumi.dev.yaml:{line} quartermaster:{section}: nothing is not valid" in str(refused.value)
