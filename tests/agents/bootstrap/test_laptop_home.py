"""The laptop's home: a folder of its own, which it makes for its owner, and never one that is shared."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from agents.access.audit import Audit
from agents.access.chain import parse
from agents.access.decisions import Decision
from agents.access.ports import KEEP_DAYS
from agents.bootstrap.laptop import laptop
from agents.bootstrap.laptop_home import HOME, home_folder
from agents.contract import DEFAULT_TENANT
from agents.deadline import Deadline
from agents.errors import SetupError
from agents.runtime.ids import uuid7

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_a_home_is_made_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is above it as anybody makes folders."""
    home = tmp_path / "above" / "home"
    monkeypatch.setenv(HOME, str(home))
    assert home_folder() == home_folder() == home
    assert mode(home) == 0o700


@pytest.mark.parametrize("shared", [0o1777, 0o755, 0o711, 0o770])
def test_a_folder_that_others_use_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: int) -> None:
    """It is refused: it may be for something else."""
    tmp_path.chmod(shared)
    monkeypatch.setenv(HOME, str(tmp_path))
    with pytest.raises(SetupError, match="others can use"):
        home_folder()
    assert mode(tmp_path) == shared
    tmp_path.chmod(0o700)


def test_a_file_is_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is what lies below one."""
    (tmp_path / "file").touch()
    for name in ("file", "file/below"):
        monkeypatch.setenv(HOME, str(tmp_path / name))
        with pytest.raises(SetupError, match="folder"):
            home_folder()


def test_a_command_that_decides_nothing_needs_no_lock_of_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program may hold it for as long as it likes."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    platform = laptop(environment="dev")
    platform.jobs(Deadline.after(60))  # which make the file
    holder = sqlite3.connect(tmp_path / "home" / "audit.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    done = subprocess.run(
        [sys.executable, "-m", "agents.entry.cli", "config", "list"],
        check=False, capture_output=True, text=True, timeout=60, env=os.environ,
    )  # fmt: skip
    holder.execute("ROLLBACK")
    holder.close()
    assert (done.returncode, "agent/inventory" in done.stdout) == (0, True), done.stderr


def test_the_worker_removes_what_is_past_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As one job among the others."""
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    platform = laptop(environment="dev")
    moment = [datetime.now(UTC) - timedelta(days=KEEP_DAYS + 1)]
    audit = Audit(
        platform.audit_log,
        tenant=DEFAULT_TENANT,
        now=lambda: moment[0],
        new_id=lambda: uuid7(int(moment[0].timestamp() * 1000), os.urandom),
    )
    audit.record(Decision(action="ask", resource="old", allowed=True, rule=""))
    moment[0] = datetime.now(UTC)
    audit.record(Decision(action="ask", resource="new", allowed=True, rule=""))
    platform.jobs(Deadline.after(60))
    (kept,) = platform.audit_log.read(after="", limit=9)
    assert parse(kept.text).decision.resource == "new"
