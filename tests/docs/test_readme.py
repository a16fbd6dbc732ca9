"""The README is true: it is short, its links lead somewhere, its commands run."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
# Blocks marked `console` are run; the front door itself is run by tests/delivery/test_demo.py.
COMMANDS = [
    line for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL) for line in block.splitlines() if line
]


def test_the_readme_fits_on_two_screens() -> None:
    """A newcomer reads fewer than 150 lines."""
    assert len(README.splitlines()) < 150


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_link_and_path_exists(page: str) -> None:
    """What a page points at is there."""
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    paths = re.findall(r"`((?:agents|bench|components|delivery|docs|policies|tests)/[\w/.-]*)`", text)
    assert [name for name in (*links, *paths) if not name.startswith("http") and not (ROOT / name).exists()] == []


def test_every_make_target_named_exists() -> None:
    """A make command in the pages is one of the Makefile's."""
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make (\w+)", README + (ROOT / "CONTRIBUTING.md").read_text()))
    assert named - {"code"} <= targets


def test_help_lists_every_target() -> None:
    """`make help` names what `make` can do."""
    done = subprocess.run(["make", "help"], check=True, capture_output=True, text=True, cwd=ROOT)
    for target in ("setup", "demo", "test", "check", "up", "preview", "down", "package", "bench", "soak", "help"):
        assert f"make {target} " in done.stdout


def test_the_commands_run_in_order(tmp_path: Path) -> None:
    """Each console command of the README, but the two of the front door, ends well on a fresh state."""
    commands = [line for line in COMMANDS if not line.startswith("make ")]
    assert len(commands) >= 4
    environment = os.environ | {"QM_HOME": str(tmp_path / "home")}
    for command in commands:
        # The file that one command writes and the next reads stays out of the working copy.
        here = command.replace("var/inventory.json", str(tmp_path / "inventory.json"))
        done = subprocess.run(
            ["bash", "-c", here], check=False, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=120
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
