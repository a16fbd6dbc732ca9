"""The `ToolRunner` that invokes functions, against real functions in the embedded emulator."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from agents.access.audit import Audit
from agents.access.ports import Rows
from agents.access.principal import Caller, Principal
from agents.adapters.aws_lambda.invoke import Invoker
from agents.adapters.aws_lambda.tools import LambdaTools
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.bootstrap.common import new_id, now
from agents.deadline import Deadline
from agents.errors import (
    DeadlineError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    QuartermasterError,
    SetupError,
    UnavailableError,
)
from agents.runtime.execute import Executor
from agents.runtime.registry import load_plugins
from agents.runtime.results import ToolCall, ToolResult

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.runtime.tools import Tool

pytestmark = pytest.mark.emulator

RESULT = ToolResult(
    value="12.50",
    units="EUR",
    method="adding",
    parameters={"days": 14, "share": 0.5, "all": True, "none": None},
    inputs_digest="sha256:0",
    as_of=date(2026, 6, 30),
    table=Rows(("a", "b"), (("x", 1), (None, 2.0)), truncated=True),
)
# Stands for a tool function: the statement says what it shall do.
FUNCTION = f"""
import json
RESULT = json.loads({json.dumps(RESULT.as_json())!r})
def handler(event, context):
    what = event["arguments"]["arguments"]["statement"]
    if what == "result":
        return RESULT
    if what == "echo":
        told = [event["tool"], event["arguments"]["persona"], event["token"], event["request_id"], event["deadline"]]
        return dict(RESULT, value=json.dumps(told))
    if what == "raise":
        raise ValueError("a secret of the function")
    if what.startswith("refuse "):
        return {{"problem": {{"code": what[7:], "message": "no", "fix": "Ask."}}}}
    return {{"half": {{"value": 1}}, "list": []}}[what]
"""
TOOL = load_plugins(["agents.supply_chain"]).tools["query_data"]


@pytest.fixture(scope="module")
def client(aws: dict[str, str]) -> Iterator[Any]:
    client = boto3.client("lambda", **aws, config=Config(retries={"total_max_attempts": 1}))
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("tools.py", FUNCTION)
    client.create_function(
        FunctionName="tools",
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/tools",
        Handler="tools.handler",
        Code={"ZipFile": zipped.getvalue()},
        Publish=True,
    )
    client.create_alias(FunctionName="tools", Name="live", FunctionVersion="1")
    yield client
    client.close()


@pytest.fixture
def tools(client: Any) -> LambdaTools:  # noqa: ANN401 - boto3 has no types
    """The function by its alias, as the stack names it."""
    invoker = Invoker(client, request_id=lambda: "r1", random=lambda: 0.5, sleep=lambda _: None)
    return LambdaTools(invoker, {TOOL.name: "tools:live"})


@pytest.fixture
def caller() -> Caller:
    who = Principal(subject="wanda", tenant="default", groups=frozenset(), persona="warehouse_manager")
    return Caller(principal=who, token="the.users.token")


def run(tools: LambdaTools, statement: object, caller: Caller, *, tool: Tool = TOOL, left_s: float = 10) -> ToolResult:
    return tools.run(tool, {"statement": statement}, caller, deadline=Deadline.after(left_s))  # type: ignore[dict-item]  # tests send what is wrong


def test_a_result_comes_back_as_it_was(tools: LambdaTools, caller: Caller) -> None:
    """Decimal text, dates, floats and a table's rows: the same as from the tool in this process."""
    result = run(tools, "result", caller)
    assert result == RESULT
    assert repr(result) == repr(RESULT)


def test_the_callers_token_and_what_is_left_of_the_time_travel(tools: LambdaTools, caller: Caller) -> None:
    """The function can verify the person itself, and ends before its caller."""
    tool, persona, token, request_id, deadline = json.loads(str(run(tools, "echo", caller).value))
    assert (tool, persona, token, request_id) == ("query_data", "warehouse_manager", "the.users.token", "r1")
    assert 5_000 < deadline < 10_000


@pytest.mark.parametrize("error", [DeadlineError, ForbiddenError, InvalidError, NotFoundError, UnavailableError])
def test_a_problem_is_raised_as_the_error_it_was(
    tools: LambdaTools, caller: Caller, error: type[QuartermasterError]
) -> None:
    """A turn sees no difference between the function and the tool in its own process."""
    with pytest.raises(error, match="no"):
        run(tools, f"refuse {error.code}", caller)


@pytest.mark.parametrize("what", ["raise", "refuse internal", "refuse setup", "half", "list"])
def test_a_function_that_failed_is_unavailable_and_tells_nothing(tools: LambdaTools, caller: Caller, what: str) -> None:
    """Its text is for the log; half a result is no result."""
    with pytest.raises(UnavailableError) as caught:
        run(tools, what, caller)
    assert "secret" not in str(caught.value)


def test_wrong_arguments_cost_no_invocation(caller: Caller) -> None:
    """They are checked before anything is sent: here there is nobody to send it to."""
    nobody = Invoker(None, request_id=lambda: "r1", random=lambda: 0.5)
    with pytest.raises(InvalidError, match="query_data cannot take these arguments: statement"):
        run(LambdaTools(nobody, {TOOL.name: "tools"}), 5, caller)


def test_a_tool_that_no_function_runs_is_a_matter_of_setup(tools: LambdaTools, caller: Caller) -> None:
    """The contract names a function for every tool."""
    with pytest.raises(SetupError, match="late_purchase_orders"):
        run(tools, "x", caller, tool=load_plugins(["agents.supply_chain"]).tools["late_purchase_orders"])


def test_a_turn_runs_its_tools_in_functions_at_once(tools: LambdaTools, caller: Caller, tmp_path: Path) -> None:
    """The executor is the same; one that fails leaves the others whole, and all travel under the turn's id."""
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=now)
    audit = Audit(log, tenant="default", now=now, new_id=new_id)
    executor = Executor(tools={TOOL.name: TOOL}, runner=tools, parallel=4, decisions=audit)
    calls = [
        ToolCall(name=TOOL.name, arguments={"statement": what})
        for what in ("result", "raise", "refuse forbidden", "echo")
    ]
    with audit.request("the-question-42"):
        outcomes = executor.run(calls, caller, deadline=Deadline.after(20))
    assert [outcome.status for outcome in outcomes] == ["ok", "failed", "denied", "ok"]
    assert outcomes[0].result == RESULT
    assert outcomes[3].result is not None
    assert json.loads(str(outcomes[3].result.value))[3] == "the-question-42"
