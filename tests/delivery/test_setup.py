"""`make setup`: from nothing but python3, or a clear word why not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A working copy with what setup reads, and nothing installed."""
    (tmp_path / "delivery").mkdir()
    for name in ("delivery/setup.py", "uv.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def _setup(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(checkout / "delivery" / "setup.py")], check=False, capture_output=True, text=True,
        env=os.environ | environment, timeout=60,
    )  # fmt: skip


def test_a_machine_that_is_set_up_is_left_alone() -> None:
    """Both front doors run setup first, so the second time it does and says nothing."""
    done = _setup(ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_uv_that_is_too_old_is_not_used(checkout: Path) -> None:
    """An old uv on PATH would fail on the lock; setup brings its own, and says so when it cannot."""
    old = checkout / "old"
    old.mkdir()
    (old / "uv").write_text("#!/bin/sh\necho uv 0.4.0\n")
    (old / "uv").chmod(0o755)
    nowhere = "http://127.0.0.1:9/simple"
    done = _setup(checkout, PATH=f"{old}:/usr/bin:/bin", PIP_INDEX_URL=nowhere, PIP_RETRIES="0", PIP_FIND_LINKS="")
    assert done.returncode == 1
    assert "Installing uv into var/uv" in done.stdout
    assert "error: pip could not install uv" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_install_that_fails_is_tried_again(checkout: Path) -> None:
    """Without a registry setup says what to check, and does not count as done."""
    done = _setup(checkout, UV_INDEX_URL="http://127.0.0.1:9/simple", UV_OFFLINE="1", UV_NO_CACHE="1")
    assert done.returncode == 1
    assert "error: uv could not make .venv" in done.stderr
    assert not (checkout / ".venv" / "quartermaster.stamp").exists()
