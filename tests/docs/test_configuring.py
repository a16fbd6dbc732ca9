"""docs/configuring.md is true: its commands run as they stand, in order, on a fresh store."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuring.md").read_text()
COMMANDS = [
    line for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines() if line
]


@pytest.mark.timeout(300)
def test_the_commands_run_in_order(tmp_path: Path) -> None:
    """Each ends well, and says something."""
    tools = tmp_path / "bin"
    tools.mkdir()
    # The second is `jq -r .NAME FILE`, which not every machine has.
    field = "import json, sys; print(json.load(open(sys.argv[3]))[sys.argv[2][1:]])"
    for name, arguments in {"qm": "-m agents.entry.cli", "jq": f"-c '{field}'"}.items():
        code = f'exec {sys.executable} {arguments} "$@"'
        (tools / name).write_text(f"#!/bin/sh\n{code}\n")
        (tools / name).chmod(0o755)
    environment = os.environ | {
        "QM_HOME": str(tmp_path / "home"),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    assert len(COMMANDS) > 20
    for command in COMMANDS:
        done = subprocess.run(
            ["bash", "-ceu", "-o", "pipefail", command],
            check=False, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}: {done.stderr}"
        assert done.stdout or ">" in command, command


def test_every_command_of_the_group_is_on_the_page() -> None:
    """Who reads it has seen all that `qm config` can do."""
    from agents.cli import config_edit, config_read, config_write

    for part in (config_read, config_write, config_edit):
        for command in part.app.registered_commands:
            assert f"qm config {command.name or command.callback.__name__} " in PAGE.replace("list\n", "list ")
