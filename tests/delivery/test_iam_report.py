"""Grants and code agree: what a role may is what its function's code, or a service for it, does."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from agents.contract import FUNCTIONS, GATEWAY
from agents.errors import InvalidError
from delivery.boto_calls import ROOT, reached
from delivery.call_actions import call_actions
from delivery.commands.iam import app
from delivery.iam_report import UNSAID, Report, report, unused_exemptions
from delivery.iam_text import text
from delivery.package import LAPTOP_ONLY
from delivery.recorder import record
from delivery.stack_files import read_stack

if TYPE_CHECKING:
    from collections.abc import Callable

    from delivery.iam_report import Difference, Grant

PROGRAM = Path(__file__).parents[1] / "programs" / "functions.py"
GRANTS = "components/grants.py"


def project(folder: Path, program: str) -> Path:
    (folder / "Pulumi.yaml").write_text("name: quartermaster\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(program)
    return folder


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = project(tmp_path_factory.mktemp("functions"), PROGRAM.read_text())
    return report(record(folder, read_stack(folder, "dev")))


@pytest.fixture
def spoilt(tmp_path: Path) -> Callable[[str, str], Report]:
    """The report of the program when every document has one action in place of another."""

    def reported(old: str, new: str) -> Report:
        spoil = f"""
from components import iam

def spoilt(statements, document=iam.document):
    return document(statements).replace('"{old}"', '"{new}"')

iam.document, kept = spoilt, iam.document
"""
        text = PROGRAM.read_text()
        program = text.replace("\nnames = ", f"{spoil}\nnames = ") + "iam.document = kept\n"
        folder = project(tmp_path, program)
        return report(record(folder, read_stack(folder, "dev")))

    return reported


def wrong(found: Report) -> set[tuple[str, str, str]]:
    return {(one.function, one.kind, one.action) for one in found.wrong}


def test_every_grant_is_needed_and_every_call_is_granted(found: Report) -> None:
    """A role may do what its function's code needs: nothing more, and nothing less."""
    assert not [_said(one) for one in found.wrong], f"mend {GRANTS}, or the table of calls"


@pytest.mark.parametrize("stack", ["prod", "local"])
def test_the_stacks_that_ship_agree_with_the_code(stack: str) -> None:
    """The largest and the smallest, each with every role it has; a role without statements would not be listed."""
    recording = record(ROOT, read_stack(ROOT, stack))
    said = report(recording)
    assert not [_said(one) for one in said.wrong]
    roles = recording.of_type("aws:iam/role:Role")
    assert {one.role for one in said.grants} == {one.values["name"] for one in roles}
    # Everything that a role may is in its inline policy, or the report would not be all of it.
    assert not [one for one in roles if {"managedPolicyArns", "inlinePolicies"} & one.values.keys()]
    assert not [one.urn for one in recording.registrations if one.type.startswith("aws:iam/") and "Attach" in one.type]
    assert {one.function for one in said.grants} - {""} == {function.name for function in FUNCTIONS}


def test_every_exception_is_still_needed(found: Report) -> None:
    """The list of exceptions only becomes shorter: a row that excuses nothing goes."""
    assert not unused_exemptions(found.differences)


def test_every_exception_has_a_reason(found: Report) -> None:
    """One that a reader can weigh."""
    assert all(len(one.excuse) > 40 for one in found.differences)


def test_a_grant_that_no_code_needs_is_found(spoilt: Callable[[str, str], Report]) -> None:
    """With the action that the code needs in its place, both are said."""
    assert wrong(spoilt("dynamodb:Query", "dynamodb:Scan")) == {
        (function, kind, action)
        for function in (one.name for one in FUNCTIONS)
        for kind, action in (("called", "dynamodb:Query"), ("granted", "dynamodb:Scan"))
    }


def test_a_call_without_a_grant_names_its_line(spoilt: Callable[[str, str], Report]) -> None:
    """File and line of the code that would be refused."""
    lacking = [one for one in spoilt("athena:StopQueryExecution", "athena:GetWorkGroup").wrong if one.kind == "called"]
    (one,) = lacking
    assert (one.function, one.action) == (GATEWAY.name, "athena:StopQueryExecution")
    path, _, line = one.why.split()[-1].partition(":")
    assert "stop_query_execution" in (ROOT / path).read_text().splitlines()[int(line) - 1]


def test_each_grant_of_a_function_says_why(found: Report) -> None:
    """The code that calls it with its line, what a service does on its behalf, or what Lambda does to run it."""
    why = {(one.function, one.action): one.why for one in found.grants if one.effect == "Allow"}
    calls = why["gateway", "athena:StartQueryExecution"]
    assert len(calls) == 1
    assert calls[0].startswith("calls athena.start_query_execution, agents/adapters/athena.py:")
    assert why["gateway", "glue:GetTable"][0].startswith("Athena looks tables up in Glue as the caller")
    assert why["worker", "sqs:SendMessage"] == ("Lambda puts an event that failed into the encrypted queue",)
    assert why["", "lambda:InvokeFunction"] == (
        "The schedule calls the worker, by the version that serves and no other.",
    )
    assert all(one.why for one in found.grants)


def test_what_a_condition_cannot_say_stands_beside_the_calls(found: Report) -> None:
    """IAM cannot ask for a put that only adds, and the report says what finds one that does not."""
    for function in ("api", "gateway", "query"):
        (one,) = [one for one in found.grants if (one.function, one.statement) == (function, "AddsItems")]
        call = "calls dynamodb.transact_write_items, agents/adapters/dynamodb/table.py:"
        assert any(why.startswith(call) for why in one.why)
        assert one.why[-1].startswith("IAM can ask for a transaction and not for a condition in it")


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_what_no_code_calls_has_a_sentence(stack: str) -> None:
    """Of services' roles, and of what is denied: a sentence, not the name of the statement in other letters."""
    said = [
        one for one in report(record(ROOT, read_stack(ROOT, stack))).grants if one.effect == "Deny" or not one.function
    ]
    assert {one.role.split("-")[1] for one in said} >= {"backup", "restore", "schedule"}
    assert not [one for one in said if UNSAID in one.why]
    assert not [one for one in said for why in one.why if not (why.endswith(".") and len(why) > 40)]


def test_every_function_has_one_role_in_the_report(found: Report) -> None:
    """And the scheduler has one that is no function's."""
    roles = {(one.role, one.function) for one in found.grants}
    assert roles == {
        *((f"qm-{function.name}-dev-us-east-1", function.name) for function in FUNCTIONS),
        ("qm-schedule-dev-us-east-1", ""),
    }


def test_a_denial_is_no_grant(found: Report) -> None:
    """What code is denied is shown as that, and explains no call."""
    denied = {one.action for one in found.grants if one.effect == "Deny"}
    assert "ec2:DetachNetworkInterface" in denied
    assert not [one for one in found.grants if one.effect == "Allow" and one.action == "ec2:DetachNetworkInterface"]


def test_the_report_is_read_without_a_table_beside_it(found: Report) -> None:
    """Role, action, resource, condition and reason, in words and as JSON."""
    said = text(found)
    assert "qm-worker-dev-us-east-1  of the function worker" in said
    assert "on    arn:aws:dynamodb:us-east-1:123456789012:table/qm-configuration-dev" in said
    assert "when  StringEquals kms:ViaService: dynamodb.us-east-1.amazonaws.com, lambda.us-east-1.amazonaws.com" in said
    assert "CodeLeavesNetworkAlone  (denied)" in said
    assert "dynamodb:Query         calls dynamodb.query, agents/adapters/dynamodb/table.py:" in said
    assert json.loads(json.dumps(found.as_json()))["grants"][0].keys() >= {"role", "action", "resources", "condition"}


def test_the_command_fails_when_grants_and_code_differ(tmp_path: Path) -> None:
    """0 when everything is explained; 1 when a role has an action for nothing, and the text says where to mend it."""
    program = PROGRAM.read_text()
    folder = project(tmp_path, program)
    arguments = ["--stack", "dev", "--cwd", str(folder)]
    good = CliRunner().invoke(app, [*arguments, "-o", "json"])
    assert good.exit_code == 0, good.output
    assert json.loads(good.output)["stack"] == "dev"
    untraced = (
        'aws.lambda_.Function = lambda *a, make=aws.lambda_.Function, **k: make(*a, **k | {"tracing_config": None})'
    )
    restore = "aws.lambda_.Function = kept"
    project(tmp_path, program.replace("\nnames = ", f"\nkept = aws.lambda_.Function\n{untraced}\nnames = ") + restore)
    bad = CliRunner().invoke(app, arguments)
    assert bad.exit_code == 1, bad.output
    assert "query: xray:PutTraceSegments is granted, and no code needs it (Traces)" in bad.output
    assert f"Next: mend {GRANTS}" in bad.output


CLIENT = """
class Adapter:
    def __init__(self, client):
        self._client = client

    def work(self, name):
        {}
"""


@pytest.fixture
def code(tmp_path: Path) -> Callable[[str], Path]:
    """A function whose one adapter does what the line says."""

    def written(line: str) -> Path:
        files = {
            "entry/some.py": "from agents.bootstrap.some import make\n",
            "bootstrap/some.py": "from agents.adapters import aws\nfrom agents.adapters.some import Adapter\n"
            'def make():\n    return Adapter(aws.client("dynamodb"))\n',
            "adapters/aws.py": "def client(service):\n    import boto3\n    return boto3.client(service)\n",
            "adapters/some.py": CLIENT.format(line),
        }
        for name, content in files.items():
            path = tmp_path / "agents" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return tmp_path

    return written


@pytest.mark.parametrize(
    ("line", "operations"),
    [
        ("self._client.get_item(Key={})", ["get_item"]),
        ('getattr(self._client, "get_item")()', ["get_item"]),
        ("return functools.partial(self._client.query)", ["query"]),
        ('self._client.get_paginator("scan").paginate()', ["scan"]),
        ('self._do("query", x=1)\n    def _do(self, it, **x):\n        getattr(self._client, it)(**x)', ["query"]),
        ("table.get_item()", []),
        ("self._client.close()", []),
    ],
)
def test_calls_are_found_however_they_are_written(
    code: Callable[[str], Path], line: str, operations: list[str]
) -> None:
    """As a method, looked up by name, through a function that looks names up, or by a paginator."""
    found = reached("agents.entry.some.handler", code(line))
    assert found.services == {"dynamodb"}
    assert [call.operation for call in found.calls] == operations
    assert all(call.where.startswith("agents/adapters/some.py:") for call in found.calls)


@pytest.mark.parametrize(
    "line",
    [
        "getattr(self._client, NAMES[0])()",
        "self._do(name)\n    def _do(self, it):\n        getattr(self._client, it)()",
        "import boto3",
        "aws.client(name)",
    ],
)
def test_code_that_cannot_be_followed_is_refused(code: Callable[[str], Path], line: str) -> None:
    """Rather than overlooked, with its file and line."""
    with pytest.raises(InvalidError, match=r"agents/adapters/some\.py"):
        reached("agents.entry.some.handler", code(line))


@pytest.mark.parametrize(
    ("parts", "actions"),
    [
        ('{"Put": {}}', {"dynamodb:PutItem"}),
        ('{"Put": {}}, {"Delete": {}}', {"dynamodb:PutItem", "dynamodb:DeleteItem"}),
    ],
)
def test_a_transaction_asks_for_its_parts(code: Callable[[str], Path], parts: str, actions: set[str]) -> None:
    """It has no action of its own."""
    root = code(f"self._client.transact_write_items(TransactItems=[{parts}])")
    needs = call_actions().needs(reached("agents.entry.some.handler", root))
    assert {one.action for one in needs if one.action.startswith("dynamodb:")} == actions


def test_an_operation_that_the_table_does_not_know_is_refused(code: Callable[[str], Path]) -> None:
    """Whoever calls something new says what IAM asks for it."""
    root = code("self._client.describe_table()")
    with pytest.raises(InvalidError, match=r"some\.py:\d+ calls describe_table, of which iam_calls\.toml says nothing"):
        list(call_actions().needs(reached("agents.entry.some.handler", root)))


def test_only_adapters_speak_to_aws() -> None:
    """One module imports boto3, so that no client is made where nobody looks for calls."""
    importing = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "agents").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Import) and any(alias.name == "boto3" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "boto3")
    }
    assert {name for name in importing if not name.startswith(LAPTOP_ONLY)} == {"agents/adapters/aws.py"}


def _said(one: Difference | Grant) -> str:
    return f"{one.function}: {one.action}: {one.why}"
