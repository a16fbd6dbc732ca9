"""The command line, as a process: output, exit codes, one-line errors."""

from __future__ import annotations

import functools
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

QUESTION = "Which products will run out in warehouse WH01 in the next 14 days?"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def qm(home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    return functools.partial(_run, home)


def test_help_lists_every_command_with_a_line(qm: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """`qm --help` says of each command what it is for."""
    from importlib.metadata import distribution

    done = qm("--help")
    assert done.returncode == 0
    for entry in distribution("quartermaster").entry_points.select(group="quartermaster.commands"):
        line = next(line for line in done.stdout.splitlines() if line.strip().startswith(f"{entry.name} "))
        assert len(line.split()) > 3, f"{entry.name} has no help"


def test_help_imports_nothing_heavy() -> None:
    """Help answers at once because what commands need is imported when they run."""
    code = (
        "import sys\nfrom agents.cli.main import build\n"
        "try: build(None)(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'boto3', 'duckdb', 'fastapi', 'numpy', 'pulumi', 'pydantic', 'rich', 'sqlglot'}\n"
        "print('heavy:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "heavy: []" in done.stdout


def test_ask_prints_the_answer_as_json_and_yaml(qm: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """Both forms hold the same fields, with the same figure."""
    outputs = [qm("ask", QUESTION, "--as", "warehouse_manager", "-o", form).stdout for form in ("json", "yaml")]
    answers = [json.loads(outputs[0]), yaml.safe_load(outputs[1])]
    for answer in answers:
        assert {"answer", "agent", "tools", "config_version", "conversation_id", "usage"} <= set(answer)
    assert answers[0]["tools"][0]["result"]["value"] == answers[1]["tools"][0]["result"]["value"]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("ask", QUESTION, "--as", "king"), 2, "no persona 'king'"),
        (("ask", QUESTION), 2, "--as"),
        (("ask", "", "--as", "warehouse_manager"), 2, "the question is empty"),
        (("ask", QUESTION, "--as", "warehouse_manager", "--agent", "x"), 2, "no agent 'x'"),
        (("ask", QUESTION, "--as", "operator"), 3, "none of your groups is a persona"),
        (("ask", QUESTION, "--as", "warehouse_manager", "--stack", "prod"), 3, "stack local"),
        (("token", "--as", "operator", "--stack", "dev"), 3, "stack local"),
        (("serve", "--stack", "dev"), 3, "stack local"),
        (("serve", "--host", "0.0.0.0"), 3, "0.0.0.0 is refused"),
        (("serve", "--port", "70000"), 2, "65535"),
        (("ask", QUESTION, "--as", "warehouse_manager", "--environment", "x y"), 2, "is not a layer"),
        (("config", "get", "agent/none"), 2, "no layer 'base'"),
        (("config", "get", "Agent"), 2, "not a document key"),
        (("config", "publish", "agent/sql", "nowhere.json", "-m", "m"), 2, "cannot be read"),
        (("nonsense",), 2, "nonsense"),
        (("plan", "--stack", "nowhere"), 2, "nowhere"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else None,
)
def test_a_wrong_call_is_one_clear_line(
    qm: Callable[..., subprocess.CompletedProcess[str]], arguments: tuple[str, ...], code: int, says: str
) -> None:
    """What is wrong is said on stderr, without a traceback, with the exit code of its kind."""
    done = qm(*arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_taken_port_is_named(qm: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """A port in use is said with what to do, and exit 4."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = qm("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 4
    assert "is taken. Stop what holds it, or use --port 0." in done.stderr


def test_a_published_file_changes_the_next_answer(
    qm: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """`config get`, an edit and `config publish` are enough to change an agent; a stale edit exits 1."""
    content = json.loads(qm("config", "get", "agent/inventory", "-o", "json").stdout)
    file = tmp_path / "inventory.json"
    file.write_text(json.dumps(content | {"parameters": {"rows": 2}}))
    published = qm("config", "publish", "agent/inventory", str(file), "-m", "Two lines", "--expected", "1")
    assert published.returncode == 0, published.stderr
    assert "version 2" in published.stdout
    answer = json.loads(qm("ask", QUESTION, "--as", "warehouse_manager", "-o", "json").stdout)["answer"]
    assert len([line for line in answer.splitlines() if line.startswith("  P0")]) == 2
    stale = qm("config", "publish", "agent/inventory", str(file), "-m", "Again", "--expected", "1")
    assert (stale.returncode, "is at version 2, not 1" in stale.stderr) == (1, True)


@pytest.mark.parametrize(
    ("name", "text"), [("a.json", "{"), ("a.json", "[1]"), ("a.toml", "x ="), ("a.json", "[" * 100_000)]
)
def test_a_file_that_is_no_document_is_refused(
    qm: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, name: str, text: str
) -> None:
    """A broken file is named, whatever is wrong with it."""
    file = tmp_path / name
    file.write_text(text)
    done = qm("config", "publish", "agent/sql", str(file), "-m", "m")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    """What the machine refuses is said with its path, exit 4."""
    home = tmp_path / "home"
    home.touch()
    done = _run(home, "ask", QUESTION, "--as", "warehouse_manager")
    assert (done.returncode, str(home) in done.stderr, "Traceback" in done.stderr) == (4, True, False)


def test_output_that_cannot_be_written_is_an_error() -> None:
    """A full disk behind stdout is told, and is no success."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "agents.entry.cli", "--help"],
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode == 4
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_is_no_error(qm: Callable[..., subprocess.CompletedProcess[str]], home: Path) -> None:
    """`qm ... | head -1` ends quietly."""
    command = f"{sys.executable} -m agents.entry.cli plan --stack dev | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], check=False, capture_output=True, text=True)
    assert done.stderr == ""


def test_state_is_for_its_owner_only(qm: Callable[..., subprocess.CompletedProcess[str]], home: Path) -> None:
    """Conversations, configuration and the issuer's key cannot be read by other users."""
    qm("token", "--as", "operator")
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "issuer.pem").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [("issuer.pem", b"junk", "holds no key"), ("configuration.db", b"junk" * 5_000, "configuration.db failed")],
)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, file: str, content: bytes, says: str) -> None:
    """Junk in the state is one line that names the file, exit 4."""
    (tmp_path / file).write_bytes(content)
    (tmp_path / file).chmod(0o600)
    done = _run(tmp_path, "token", "--as", "operator")
    assert done.returncode == 4, done.stderr
    assert says in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_store_that_lacks_a_shipped_document_gets_it(tmp_path: Path) -> None:
    """An upgrade that brings an agent configures it, and leaves what operators changed."""
    import sqlite3

    _run(tmp_path, "config", "get", "agent/sql")
    with sqlite3.connect(tmp_path / "configuration.db") as database:
        one = "SELECT id FROM document WHERE key = 'agent/sql'"
        database.execute(f"DELETE FROM head WHERE document = ({one})")
        database.execute(f"DELETE FROM version WHERE id / 4294967296 = ({one})")
    database.close()
    assert "SQL analyst" in _run(tmp_path, "config", "get", "agent/sql").stdout


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "agents.entry.cli", *arguments]
    environment = os.environ | {"QM_HOME": str(home)}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
