"""The `Gateway` that invokes a function, against real functions in the embedded emulator."""

from __future__ import annotations

import contextvars
import io
import itertools
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from agents.access.audit import Audit
from agents.access.principal import Caller, Principal
from agents.adapters.aws_lambda import invoke
from agents.adapters.aws_lambda.gateway import LambdaGateway
from agents.adapters.aws_lambda.invoke import Invoker
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.bootstrap.common import new_id, now
from agents.deadline import Deadline
from agents.errors import DeadlineError, ForbiddenError, InvalidError, SetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.emulator

# Stands for the gateway function: the statement says what it shall do.
FUNCTION = """
def handler(event, context):
    what = event["arguments"]["statement"]
    if what == "echo":
        persona = event["arguments"]["persona"]
        row = [event["tool"], persona, event["token"], event["request_id"], event["deadline"]]
        return {"columns": ["a", "b", "c", "d", "e"], "rows": [row], "truncated": True}
    if what == "raise":
        raise ValueError("a secret of the function")
    if what == "refuse":
        return {"problem": {"code": "forbidden", "message": "you may not read it", "fix": "Ask."}}
    return {"list": [], "incomplete": {"columns": []}, "null": None}[what]
"""
_names = itertools.count()


@pytest.fixture(scope="module")
def client(aws: dict[str, str]) -> Iterator[Any]:
    client = boto3.client("lambda", **aws, config=Config(retries={"total_max_attempts": 1}))
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("gateway.py", FUNCTION)
    for name in ("gateway", "throttled"):
        client.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role="arn:aws:iam::000000000000:role/gateway",
            Handler="gateway.handler",
            Code={"ZipFile": zipped.getvalue()},
        )
    client.put_function_concurrency(FunctionName="throttled", ReservedConcurrentExecutions=0)
    yield client
    client.close()


@pytest.fixture
def caller() -> Caller:
    who = Principal(subject="wanda", tenant="default", groups=frozenset(), persona="warehouse_manager")
    return Caller(principal=who, token="the.users.token")


def gateway(client: Any, function: str = "gateway", waits: list[float] | None = None) -> LambdaGateway:  # noqa: ANN401 - boto3 has no types
    sleep = waits.append if waits is not None else _no_wait
    return LambdaGateway(Invoker(client, request_id=lambda: "r1", random=lambda: 0.5, sleep=sleep), function)


def _no_wait(_: float) -> None:
    raise AssertionError("this call has nothing to wait for")


def test_the_callers_token_and_what_is_left_of_the_time_travel(client: Any, caller: Caller) -> None:  # noqa: ANN401 - boto3 has no types
    """The function can verify the person itself, and ends before its caller."""
    rows = gateway(client).query("echo", caller, deadline=Deadline.after(10))
    ((tool, persona, token, request_id, deadline),) = rows.rows
    assert (tool, persona, token, request_id) == ("query", "warehouse_manager", "the.users.token", "r1")
    assert 5_000 < int(deadline or 0) < 10_000
    assert rows.truncated


def test_a_call_within_a_request_travels_under_its_id(
    client: Any,  # noqa: ANN401 - boto3 has no types
    caller: Caller,
    tmp_path: Path,
) -> None:
    """Lines of the API, of a tool and of the gateway join by it; outside of a request a call has an id of its own."""
    log = SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=now)
    audit = Audit(log, tenant="default", now=now, new_id=new_id)
    ids = []
    with audit.request("the-question-42"):
        ids.append(gateway(client).query("echo", caller, deadline=Deadline.after(10)).rows[0][3])
        run = contextvars.copy_context().run
        with ThreadPoolExecutor(1) as pool:
            found = pool.submit(run, lambda: gateway(client).query("echo", caller, deadline=Deadline.after(10)))
            ids.append(found.result().rows[0][3])
    ids.append(gateway(client).query("echo", caller, deadline=Deadline.after(10)).rows[0][3])
    assert ids == ["the-question-42", "the-question-42", "r1"]


def test_a_refusal_is_raised_as_the_error_it_was(client: Any, caller: Caller) -> None:  # noqa: ANN401 - boto3 has no types
    """A tool sees no difference between the function and the gateway in its own process."""
    with pytest.raises(ForbiddenError, match="you may not read it"):
        gateway(client).query("refuse", caller, deadline=Deadline.after(10))


def test_a_function_that_failed_is_unavailable_and_tells_nothing(client: Any, caller: Caller) -> None:  # noqa: ANN401 - boto3 has no types
    """Lambda answers 200 for it: its text is for the log."""
    with pytest.raises(UnavailableError) as caught:
        gateway(client).query("raise", caller, deadline=Deadline.after(10))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("reply", ["list", "incomplete", "null"])
def test_a_reply_of_another_shape_is_unavailable(client: Any, caller: Caller, reply: str) -> None:  # noqa: ANN401 - boto3 has no types
    """Half a result is no result."""
    with pytest.raises(UnavailableError):
        gateway(client).query(reply, caller, deadline=Deadline.after(10))


def test_a_throttled_call_is_sent_again_with_growing_waits(client: Any, caller: Caller) -> None:  # noqa: ANN401 - boto3 has no types
    """Queries read, so they may be repeated; after some tries the gateway is busy."""
    waits: list[float] = []
    with pytest.raises(UnavailableError, match="busy"):
        gateway(client, "throttled", waits).query("echo", caller, deadline=Deadline.after(10))
    assert waits == [0.1, 0.2, 0.4, 0.8]


def test_no_wait_is_longer_than_the_time_that_is_left(client: Any, caller: Caller) -> None:  # noqa: ANN401 - boto3 has no types
    """The deadline holds for retries too."""
    now = itertools.count(0.0, 0.05)
    waits: list[float] = []
    with pytest.raises((DeadlineError, UnavailableError)):
        gateway(client, "throttled", waits).query("echo", caller, deadline=Deadline(0.3, lambda: next(now)))
    assert all(wait <= 0.3 for wait in waits)


def test_a_missing_function_is_a_matter_of_setup(client: Any, caller: Caller) -> None:  # noqa: ANN401 - boto3 has no types
    """Trying again would not help."""
    with pytest.raises(SetupError):
        gateway(client, "nowhere").query("echo", caller, deadline=Deadline.after(10))


def test_no_time_left_invokes_nothing(client: Any, caller: Caller) -> None:  # noqa: ANN401 - boto3 has no types
    """A call that could not finish is not made."""
    with pytest.raises(DeadlineError):
        gateway(client).query("echo", caller, deadline=Deadline.after(0))


def test_a_statement_too_large_to_send_is_refused(
    client: Any,  # noqa: ANN401 - boto3 has no types
    caller: Caller,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lambda's limit is found before Lambda finds it."""
    monkeypatch.setattr(invoke, "MAX_PAYLOAD_BYTES", 100)
    with pytest.raises(InvalidError):
        gateway(client).query("x" * 100, caller, deadline=Deadline.after(10))
