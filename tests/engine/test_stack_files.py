"""Stack files: what `qm plan` reads is what the engine reads."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Final

import pytest

from agents.errors import InvalidError
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.engine, pytest.mark.timeout(60)]

READ_ALIKE: Final = """
no yes on off y n NO true True TRUE false FALSE tRue null ~ Null NULL 1_0 1_000 012 0o14 0O14 0x1F 0X1F 0b11 -0b11 08
007 0_8 1:30 190:20:30.15 1e3 1E3 1.5e+3 .5 5. +1 -1 +.5 -.5 1_0.5 1.0 1.10 = -0 -012 +012 0o8 0x 0b 1e 1__0 _1 1_ 0_1
00 0 0.0 -0.0 1e400 9223372036854775807 -9223372036854775808 1e20 0.1 2.50 0x1_F 0o1_7 0b1_1 -0x1F -0o14 0x1p4 .e3
.5_0 ._5 -._5 .5__0 .5_ .5e1_0 .5e_1
+0x1 -- +- 2001-13 2001-01-01x !!str&012 "012" 'no' 1.2.3 127.0.0.1 12abc 0x1G .inff nan inf infinity
1e1_0 -_1 +_0x1 0_x1 1e_1 1._5 0__12 1_e3 ..5 . .. _ 1- 1+1 2001_01 0_0
""".replace("\n", " ").split()  # fmt: skip
REFUSED: Final = ["{a: 1, a: 2}", "&x [*x]", "{<<: 3}", "[1", ".inf", "{a: .nan}"]


@pytest.fixture
def config(tmp_path: Path) -> dict[str, str]:
    """The environment of a CLI whose backend is a folder; skips where there is no CLI."""
    if shutil.which("pulumi") is None:
        pytest.skip("the pulumi CLI is not on PATH")
    (tmp_path / "state").mkdir()
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": (tmp_path / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "made up",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    (tmp_path / "Pulumi.yaml").write_text("name: q\nruntime: python\n")
    made = pulumi(tmp_path, environment, "stack", "init", "dev")
    assert made.returncode == 0, made.stderr
    return environment


def pulumi(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["pulumi", *arguments, "--non-interactive"]
    return subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)


def test_every_scalar_is_read_alike(tmp_path: Path, config: dict[str, str]) -> None:
    """Alone and inside a structure, quoted and not."""
    texts = [text.replace("&", " ") for text in READ_ALIKE]
    lines = [f"  q:t{n}: {text}\n  q:o{n}: {{k: [{text}]}}\n" for n, text in enumerate(texts)]
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n" + "".join(lines))
    done = pulumi(tmp_path, config, "config", "--json")
    assert done.returncode == 0, done.stderr
    engine = {key: one["value"] for key, one in json.loads(done.stdout).items()}
    ours = read_stack(tmp_path, "dev").config
    for n, text in enumerate(texts):
        assert ours[f"q:t{n}"] == engine[f"q:t{n}"], text
        assert json.loads(ours[f"q:o{n}"]) == json.loads(engine[f"q:o{n}"]), text


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_engine_refuses_is_refused(tmp_path: Path, config: dict[str, str], text: str) -> None:
    """A plan is not green where the engine would not start."""
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n  q:a: {text}\n")
    assert pulumi(tmp_path, config, "config", "--json").returncode != 0
    with pytest.raises(InvalidError):
        read_stack(tmp_path, "dev")
