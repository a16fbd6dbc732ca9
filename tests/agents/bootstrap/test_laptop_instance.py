"""What a laptop's server is called in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.bootstrap.laptop_instance import VARIABLE, instance_name, serving_as
from agents.configuration.documents import check_address
from agents.errors import SetupError

if TYPE_CHECKING:
    from pathlib import Path


def test_a_server_is_called_the_same_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a layer can be for it, and nobody waits for the one that it was before."""
    monkeypatch.delenv(VARIABLE, raising=False)
    name = instance_name(tmp_path)
    assert instance_name(tmp_path) == name
    check_address("agent/sql", f"instance:{name}")
    other = tmp_path / "other"
    other.mkdir()
    assert instance_name(other) != name


def test_a_server_may_be_given_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that a layer can have."""
    monkeypatch.setenv(VARIABLE, "wanda-1")
    assert instance_name(tmp_path) == "wanda-1"
    monkeypatch.setenv(VARIABLE, "Wanda's")
    with pytest.raises(SetupError, match=VARIABLE):
        instance_name(tmp_path)


def test_a_name_that_was_damaged_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which names the file."""
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "instance").write_text("no name")
    with pytest.raises(SetupError, match="instance"):
        instance_name(tmp_path)


def test_no_two_servers_have_one_name(tmp_path: Path) -> None:
    """What one says would hide what the other runs; another name is fine, and so is the next one of this name."""
    for _ in range(2):
        with serving_as("wanda-1", tmp_path):
            with pytest.raises(SetupError, match="wanda-1"), serving_as("wanda-1", tmp_path):
                pass
            with serving_as("wanda-2", tmp_path):
                pass
