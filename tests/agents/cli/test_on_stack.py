"""`--stack`: where it is written, which environment it means, and what is said when there is no stack."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, NamedTuple, cast

import pytest
import typer

from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.bootstrap.deployed_stack import find_stack
from agents.bootstrap.emulated_account import use_emulator
from agents.cli.config import app
from agents.cli.errors import run
from agents.cli.laptop import Configured
from agents.cli.on_stack import OnStack
from agents.cli.owner_record import OwnedLog
from agents.errors import InvalidError, SetupError, UnavailableError
from tests.agents.configuration.config_world import KEY, START, config_world

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.cli.store import StoreFiles
    from agents.configuration.applied import AppliedStates

ALICE = "arn:aws:sts::123456789012:assumed-role/operator/alice"


class Opened(NamedTuple):
    """A stack that was opened, and for which environment."""

    stack: str
    environment: str | None


class Qm(NamedTuple):
    """Runs `qm config ...`; `opened` has what that opened."""

    opened: list[Opened]
    log: SqliteAuditLog

    def __call__(self, *words: object) -> int:
        return run(lambda: typer.main.get_command(app)(list(map(str, words)), obj=self.factory))

    factory: object = None


@pytest.fixture
def qm(tmp_path: Path) -> Iterator[Qm]:
    """Stacks whose store is a real one here, with the caller that AWS would name."""
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=lambda: START)
    opened: list[Opened] = []
    with config_world(tmp_path) as world:

        class Factory:
            def stack(self, name: str) -> OnStack:
                def open_(environment: str | None) -> Configured:
                    opened.append(Opened(name, environment))
                    owned = OwnedLog(log=log, subject=ALICE, rule="IAM of the account")
                    return Configured(
                        home=tmp_path,
                        publisher=world.serving(environment or "dev"),
                        states=cast("AppliedStates", None),
                        audit_log=owned,
                    )

                return OnStack(open_, lambda: cast("StoreFiles", None))

        yield Qm(opened, log, Factory())
    log.close()


@pytest.mark.parametrize(
    "words",
    [("--stack", "prod", "list"), ("list", "--stack", "prod"), ("list", "--stack=prod"), ("list", "-s", "prod")],
)
def test_a_stack_is_named_before_or_after_the_command(qm: Qm, words: tuple[str, ...]) -> None:
    """And then it serves the environment that is its own."""
    assert qm(*words) == 0
    assert qm.opened == [Opened("prod", None)]


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("list", "--environment", "dev"), "dev"),
        (("promote", "promoted.json", "--to", "dev"), "dev"),
        (("promote", "promoted.json", "--to", "staging"), "staging"),
    ],
)
def test_an_environment_that_is_named_is_asked_for(
    qm: Qm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], environment: str
) -> None:
    """The stack can then refuse another than its own."""
    monkeypatch.chdir(tmp_path)
    assert qm("promote", KEY, "--out", "promoted.json", "-s", "x") == 0
    qm(*words, "-s", "prod")
    assert qm.opened[-1] == Opened("prod", environment)


def test_a_change_is_written_down_as_the_callers(qm: Qm, tmp_path: Path) -> None:
    """By the name and the rule that the stack gives, not as the laptop's owner."""
    (tmp_path / "one.json").write_text("{}")
    assert qm("put", KEY, tmp_path / "one.json", "--layer", "env:dev", "-m", "x", "-s", "prod") == 0
    (entry,) = qm.log.read(after="", limit=10)
    record = json.loads(entry.text)
    assert (record["subject"], record["rule"], record["action"]) == (ALICE, "IAM of the account", "config:write")


def test_the_stack_local_is_the_emulator_and_no_account(tmp_path: Path) -> None:
    """Whoever the shell is signed in as: nothing of that stays. One that is named already does."""
    record = tmp_path / "emulator.json"
    record.write_text('{"url": "http://127.0.0.1:4566", "pid": 1}')
    environ = {"AWS_PROFILE": "prod", "AWS_SESSION_TOKEN": "secret", "AWS_ENDPOINT_URL": "https://x", "HOME": "/h"}
    use_emulator(environ, record)
    assert environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN"} & set(environ)
    assert environ["HOME"] == "/h"
    named = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9999", "AWS_REGION": "eu-west-1"}
    use_emulator(named, record)
    assert named == {"AWS_ENDPOINT_URL": "http://127.0.0.1:9999", "AWS_REGION": "eu-west-1"}


@pytest.mark.parametrize("content", [None, "junk", "[]", '{"url": "https://elsewhere"}', '{"url": 7}'])
def test_an_emulator_that_is_not_there_is_told(tmp_path: Path, content: str | None) -> None:
    """Then no account is asked in its place."""
    record = tmp_path / "emulator.json"
    if content is not None:
        record.write_text(content)
    environ = {"AWS_PROFILE": "prod"}
    with pytest.raises(SetupError, match="the stack local is not up"):
        use_emulator(environ, record)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Answers every request with the first of these errors of AWS."""
    errors = ["AccessDeniedException"]

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.dumps({"__type": errors[0], "message": "no"}).encode()
            self.send_response(400)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield errors
    server.shutdown()
    server.server_close()


def test_who_may_not_is_told_which_rights_it_takes(account: list[str]) -> None:
    """In words of ours, with AWS's name of the error."""
    with pytest.raises(SetupError, match=r"Store refuses you: AccessDeniedException.*docs/configuring-a-stack\.md"):
        find_stack("prod", {})
    account[0] = "ThrottlingException"
    with pytest.raises(UnavailableError):
        find_stack("prod", {})


@pytest.mark.parametrize(
    ("name", "prefix"), [("../x", "qm"), ("", "qm"), ("Prod", "qm"), ("prod", "a/b"), ("x" * 20, "qm")]
)
def test_a_name_that_none_can_have_asks_nobody(name: str, prefix: str) -> None:
    """It would be part of a path."""
    with pytest.raises(InvalidError, match="there can be no stack"):
        find_stack(name, {"QM_PREFIX": prefix})
