"""`--stack`: where it is written, which environment it means, and what is said when there is no stack."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, NamedTuple, cast
from unittest import mock

import boto3
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
from agents.contract import API
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


@pytest.mark.parametrize("value", ["-s", "--stack", "--stack=x"])
def test_the_value_of_another_option_is_no_stack(qm: Qm, tmp_path: Path, value: str) -> None:
    """However much it looks like one: the change would be made somewhere else."""
    (tmp_path / "one.json").write_text("{}")
    assert qm("put", KEY, tmp_path / "one.json", "--layer", "env:dev", "-m", value, "-s", "prod") == 0
    assert qm.opened == [Opened("prod", None)]


@pytest.mark.parametrize(
    "words",
    [
        ("--stack", "dev", "--stack", "prod", "list"),
        ("--stack", "dev", "list", "-s", "prod"),
        ("list", "-sdev", "--stack=prod"),
        ("list", "-s", "prod", "-s", "prod"),
    ],
)
def test_two_stacks_are_refused(qm: Qm, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> None:
    """Neither is guessed."""
    assert qm(*words) == 2
    assert "--stack is there more than once" in capsys.readouterr().err
    assert qm.opened == []


TEST_ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@pytest.mark.parametrize(
    ("named", "url"),
    [
        ("", "http://127.0.0.1:4566"),
        ("https://x", "http://127.0.0.1:4566"),
        ("http://127.0.0.1:x@elsewhere.example:80", "http://127.0.0.1:4566"),
        ("http://127.0.0.1:80@elsewhere.example", "http://127.0.0.1:4566"),
        ("http://127.0.0.1:80/x", "http://127.0.0.1:4566"),
        ("http://127.0.0.1:9999", "http://127.0.0.1:9999"),
        ("http://127.0.0.1:9999/", "http://127.0.0.1:9999"),
    ],
)
def test_the_stack_local_is_the_emulator_and_no_account(tmp_path: Path, named: str, url: str) -> None:
    """Whoever the shell is signed in as: nothing of that stays but a URL of this machine."""
    record = tmp_path / "emulator.json"
    record.write_text('{"url": "http://127.0.0.1:4566", "pid": 1}')
    environ = {
        "AWS_ENDPOINT_URL": named,
        "AWS_PROFILE": "prod",
        "AWS_SESSION_TOKEN": "secret",
        "AWS_REGION": "eu-west-1",
        "HOME": "/h",
    }
    use_emulator(environ, record)
    assert environ == TEST_ACCOUNT | {"AWS_ENDPOINT_URL": url, "HOME": "/h"}


@pytest.mark.parametrize(
    "variable",
    [
        {"AWS_ENDPOINT_URL_DYNAMODB": "https://dynamodb.eu-west-1.amazonaws.com"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
        {"AWS_CONFIG_FILE": "config"},
    ],
)
def test_no_client_of_the_stack_local_leaves_the_machine(tmp_path: Path, variable: dict[str, str]) -> None:
    """By no other variable and by no file, whose endpoints or credentials would count before the emulator's."""
    (tmp_path / "config").write_text("[default]\nignore_configured_endpoint_urls = true\n")
    url = "http://127.0.0.1:9999"
    shell = {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "x"} | variable
    with contextlib.chdir(tmp_path), mock.patch.dict(os.environ, shell):  # all of it is put back
        use_emulator(os.environ, tmp_path / "none.json")
        session = boto3.session.Session()
        credentials = session.get_credentials()
        client = session.client("dynamodb")
    assert (client.meta.endpoint_url, credentials and credentials.access_key) == (url, "test")


@pytest.mark.parametrize(
    "content",
    [None, "junk", "[]", '{"url": "https://elsewhere"}', '{"url": "http://127.0.0.1:x@elsewhere"}', '{"url": 7}'],
)
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
    """Answers every request with the first of these errors of AWS; with none, as an account that has a stack."""
    errors = ["AccessDeniedException"]

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = dict.fromkeys(API.environment, "1")
            self._say(json.dumps({"Environment": {"Variables": told}}))

        def do_POST(self) -> None:
            target = self.headers.get("X-Amz-Target", "")
            if errors:
                self._say(json.dumps({"__type": errors[0], "message": "no"}), 400)
            elif target.endswith("GetParameter"):
                self._say(json.dumps({"Parameter": {"Value": "qm-api-prod"}}))
            else:
                caller = f"<Arn>{ALICE}</Arn><Account>123456789012</Account>"
                self._say(
                    f"<GetCallerIdentityResponse><GetCallerIdentityResult>{caller}</GetCallerIdentityResult>"
                    "</GetCallerIdentityResponse>"
                )

        def _say(self, text: str, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

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


def test_where_a_stack_is_comes_before_all_else(account: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr: whoever is signed in to another account than he thinks sees it."""
    account.clear()
    found = find_stack("prod", {})
    said = capsys.readouterr()
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    assert (said.out, said.err) == ("", f"Stack prod: account 123456789012, us-east-1, at {endpoint}\n")
    assert found.audit_log.subject == ALICE


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
