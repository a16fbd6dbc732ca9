"""What others' linters say of our IAM documents: cloudsplaining and parliament, in an environment of their own."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from agents.errors import SetupError
from delivery.boto_calls import ROOT
from delivery.places import Places
from delivery.recorder import record
from delivery.stack_files import read_stack
from delivery.uv import run_uv

PINS = Path(__file__).with_name("outside_linters.txt")
SCRIPT = Path(__file__).with_name("outside_linters.py")
HERE = Places.here()


@pytest.fixture(scope="module")
def python() -> Path:
    """The Python of the linters' environment, which is made when it is absent or its pins have changed."""
    venv = HERE.var / "linters"
    stamp, wanted = venv / "pins.sha256", hashlib.sha256(PINS.read_bytes() + sys.version.encode()).hexdigest()
    found = venv / "bin" / "python"
    if stamp.is_file() and stamp.read_text() == wanted:
        return found
    shutil.rmtree(venv, ignore_errors=True)
    try:
        run_uv(HERE, ["venv", "--quiet", "--python", sys.executable, str(venv)], doing="making their environment")
        pins = ["--require-hashes", "-r", str(PINS), "--python", str(found)]
        run_uv(HERE, ["pip", "install", "--quiet", *pins], doing="installing the linters")
    except SetupError as error:
        pytest.skip(f"the linters cannot be installed here: {error}")
    stamp.write_text(wanted)
    return found


def lint(python: Path, documents: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [python, SCRIPT], check=True, input=json.dumps(documents), capture_output=True, text=True, cwd=HERE.root
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("stack", ["prod", "local"])
def test_no_role_has_a_high_finding(python: Path, stack: str) -> None:
    """Of all roles of a stack neither linter finds anything high."""
    recording = record(ROOT, read_stack(ROOT, stack))
    documents = {one.name: str(one.values["policy"]) for one in recording.of_type("aws:iam/rolePolicy:RolePolicy")}
    assert documents
    assert lint(python, documents) == []


def test_the_linters_do_find(python: Path) -> None:
    """What allows everything is found by one, two statements of one name by the other."""
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    one = {"Sid": "Twice", "Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    twice = {"Version": "2012-10-17", "Statement": [one, one]}
    found = lint(python, {"everything": json.dumps(everything), "twice": json.dumps(twice)})
    assert {one.split()[0] for one in found} == {"cloudsplaining", "parliament"}
