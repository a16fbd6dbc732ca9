"""The stack `local`: a real `pulumi up` with the policy pack, into the emulator, and the whole way of a question."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from agents.errors import SetupError
from agents.supply_chain.sample_people import OPERATOR, OPERATORS, PEOPLE
from delivery import emulator, local_stack
from delivery.post_deploy import USERS, aws_client
from delivery.verify import ask_api, verify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from delivery.places import Places


class Stack(Protocol):
    """The deployed stack of the fixture."""

    places: Places
    said: list[str]
    outputs: dict[str, str]

    def up(self) -> None: ...


pytestmark = [pytest.mark.emulator, pytest.mark.timeout(300)]

WANDA, FELIX, PETRA = PEOPLE
(AUDITOR,) = (one for one in OPERATORS if one.groups == ("auditor",))


def test_a_stack_is_deployed_with_its_policies(stack: Stack) -> None:
    """The policy pack judged every resource, and the stack says where its API is."""
    assert any("✅ quartermaster@" in line for line in stack.said), stack.said
    assert stack.outputs["api_url"].startswith("http://127.0.0.1:")


def test_deployed_answers_are_the_laptops(stack: Stack) -> None:
    """Cognito, API, gateway function and Athena give each persona what the laptop gives, to the figure."""
    checks = verify(stack.places)
    assert [check.persona for check in checks] == [person.persona for person in PEOPLE]
    assert [check.detail for check in checks if not check.same] == []


def test_a_second_preview_has_no_changes(stack: Stack) -> None:
    """What is deployed is what the program says, with no exception."""
    local_stack.preview(stack.places, stack.said.append, expect_no_changes=True)


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    """Deploying again creates no resource, uploads nothing, and leaves people and passwords alone."""
    before = (_folder(stack) / USERS).read_text()
    stack.up()
    assert any(line.strip().endswith("unchanged") for line in stack.said)
    assert not any("created" in line for line in stack.said)
    assert "0 files uploaded. People: 0 new" in stack.said[-1]
    assert (_folder(stack) / USERS).read_text() == before


def test_an_update_that_was_killed_locks_nobody_out(stack: Stack) -> None:
    """Its lock stays behind in the state; the next command knows that nobody holds it."""
    lock = _folder(stack) / "state/.pulumi/locks/organization/quartermaster/local/killed.json"
    lock.write_text(json.dumps({"pid": 1, "username": "x", "hostname": "x", "timestamp": "2026-01-01T00:00:00Z"}))
    stack.up()
    assert not lock.exists()


def test_two_commands_do_not_work_on_the_stack_at_once(stack: Stack) -> None:
    """The second says so, instead of waiting for a lock in the state."""
    with (stack.places.var / "local.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(SetupError, match="another command is working on the stack local"):
            stack.up()


def test_private_files_are_private(stack: Stack) -> None:
    """Passwords and passphrase can be read by their owner only; the stack's own file stays as it was."""
    for name in (USERS, "passphrase"):
        assert (_folder(stack) / name).stat().st_mode & 0o777 == 0o600
    assert "encryptionsalt" not in (stack.places.root / "Pulumi.local.yaml").read_text()


def test_a_published_change_counts_at_the_next_invocation(stack: Stack, token: Callable[[str], str]) -> None:
    """An operator publishes through the API; the function uses it for the next question, without a deployment."""
    url = stack.outputs["api_url"]
    before = ask_api(url, token(FELIX.subject), FELIX.question)
    content = {"parameters": {"rows": 2}}
    status, published = _put(url, token(OPERATOR.subject), "agent/sql", "env:local", content)
    assert (status, published.get("number")) == (201, 1), published
    after = ask_api(url, token(FELIX.subject), FELIX.question)
    assert "... and 5 more" in str(before["answer"])
    assert "... and 8 more" in str(after["answer"])
    assert before["config_version"] != after["config_version"]


def test_a_manager_may_not_publish(stack: Stack, token: Callable[[str], str]) -> None:
    """Configuration is for operators, also to those who may ask."""
    status, problem = _put(stack.outputs["api_url"], token(WANDA.subject), "agent/sql", "env:local", {})
    assert (status, problem.get("code")) == (403, "forbidden")


def test_a_question_without_a_genuine_token_is_refused(stack: Stack, token: Callable[[str], str]) -> None:
    """A token whose signature was changed opens nothing."""
    url, genuine = stack.outputs["api_url"], token(WANDA.subject)
    forged = genuine[:-8] + ("A" * 8 if not genuine.endswith("A" * 8) else "B" * 8)
    for wrong in (forged, "", "x.y.z"):
        assert _send("POST", f"{url}/v1/ask", wrong, {"question": WANDA.question})[0] == 401


def test_the_gateway_verifies_the_token_itself(stack: Stack, token: Callable[[str], str]) -> None:
    """Who can invoke the gateway function gets rows of the token's owner only, and none without a token."""
    statement = "SELECT DISTINCT warehouse_id FROM warehouse_product ORDER BY warehouse_id"
    mine = _invoke(stack, {"statement": statement, "persona": WANDA.persona}, token(WANDA.subject))
    assert mine["rows"] == [["WH01"], ["WH02"]]
    assert _invoke(stack, {"statement": statement, "persona": None}, "x")["problem"]["code"] == "unauthenticated"
    other = _invoke(stack, {"statement": statement, "persona": PETRA.persona}, token(WANDA.subject))
    assert other["problem"]["code"] == "forbidden"
    hidden = {"statement": "SELECT * FROM purchase_order_header", "persona": WANDA.persona}
    assert _invoke(stack, hidden, token(WANDA.subject))["problem"]["code"] == "forbidden"


def test_a_conversation_goes_on_in_dynamodb(stack: Stack, token: Callable[[str], str]) -> None:
    """Question and answer are stored under the person who asked."""
    answer = ask_api(stack.outputs["api_url"], token(PETRA.subject), PETRA.question)
    running, outputs = local_stack.running_stack(stack.places)
    client = aws_client("dynamodb", running)
    pk = {":pk": {"S": f"default#petra/{PETRA.persona}#{answer['conversation_id']}"}}
    stored = client.query(
        TableName=outputs["conversation_table"], KeyConditionExpression="pk = :pk", ExpressionAttributeValues=pk
    )
    client.close()
    assert [item["role"]["S"] for item in stored["Items"]] == ["user", "assistant"]
    assert stored["Items"][1]["text"]["S"] == answer["answer"]


def test_decisions_are_written_down_and_anchored(stack: Stack, token: Callable[[str], str]) -> None:
    """API and functions add to the audit table; the worker signs the heads with KMS; an auditor reads both."""
    url = stack.outputs["api_url"]
    ask_api(url, token(WANDA.subject), WANDA.question)
    writers = {record["writer"] for record in _decisions(stack)}
    assert len(writers) >= 3, "the API, a tool function and the gateway have a chain each"
    assert _send("GET", f"{url}/v1/audit?subject=wanda", token(WANDA.subject), None)[0] == 403
    status, page = _send("GET", f"{url}/v1/audit?subject=wanda", token(AUDITOR.subject), None)
    assert status == 200, page
    assert {record["subject"] for record in page["records"]} == {"wanda"}
    assert {True, False} == {record["allowed"] for record in page["records"]}
    _call_worker(stack)
    status, page = _send("GET", f"{url}/v1/audit/anchors", token(AUDITOR.subject), None)
    assert status == 200, page
    assert page["anchors"][-1]["key_id"] == stack.outputs["audit_key"]
    assert writers <= set(page["anchors"][-1]["heads"])


def test_an_emulator_that_does_not_answer_loses_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command says so and ends; once it answers again, nothing has to be deployed anew."""
    monkeypatch.setattr(emulator, "START_S", 2.0)
    running, _ = local_stack.running_stack(stack.places)
    os.kill(running.pid, signal.SIGSTOP)
    try:
        for command in (stack.up, lambda: verify(stack.places), lambda: local_stack.preview(stack.places, print)):
            with pytest.raises(SetupError, match=rf"the emulator \(pid {running.pid}\) does not answer"):
                command()
    finally:
        os.kill(running.pid, signal.SIGCONT)
    assert not any("starting afresh" in line for line in stack.said)
    monkeypatch.undo()
    stack.up()
    assert any(line.strip().endswith("unchanged") for line in stack.said)
    assert local_stack.running_stack(stack.places)[0] == running


def test_an_emulator_that_died_is_noticed_and_replaced(stack: Stack) -> None:
    """What needs the stack says that it is gone; `up` starts afresh by itself and answers as before."""
    running, _ = local_stack.running_stack(stack.places)
    os.killpg(running.pid, signal.SIGKILL)
    with pytest.raises(SetupError, match="not up, or its emulator has ended"):
        verify(stack.places)
    stack.up()
    assert any("starting afresh" in line for line in stack.said)
    assert all(check.same for check in verify(stack.places))


def test_down_leaves_nothing(stack: Stack) -> None:
    """Every resource is destroyed, the emulator has ended, its files are gone; a second down is no error."""
    running, _ = local_stack.running_stack(stack.places)
    stack.said.clear()
    local_stack.down(stack.places, stack.said.append)
    assert any("deleted" in line for line in stack.said)
    assert not any("pulumi stack rm" in line or "still maintained" in line for line in stack.said)
    assert not running.healthy
    assert emulator.find(_folder(stack) / "emulator.json") is None
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)
    assert not _folder(stack).exists()
    local_stack.down(stack.places, stack.said.append)


def _folder(stack: Stack) -> Path:
    return stack.places.stack("local")


def _put(url: str, token: str, key: str, layer: str, content: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return _send("PUT", f"{url}/v1/configs/{key}?layer={layer}", token, {"content": content, "message": "a test"})


def _decisions(stack: Stack) -> list[dict[str, Any]]:
    """Every record of the audit table."""
    running, outputs = local_stack.running_stack(stack.places)
    client = aws_client("dynamodb", running)
    pages = client.get_paginator("scan").paginate(TableName=outputs["audit_table"])
    records = [json.loads(item["record"]["S"]) for page in pages for item in page["Items"]]
    client.close()
    return records


def _call_worker(stack: Stack) -> None:
    running, outputs = local_stack.running_stack(stack.places)
    client = aws_client("lambda", running)
    answer = client.invoke(FunctionName=outputs["worker_function"], Payload=b"{}")
    said = answer["Payload"].read().decode()
    client.close()
    assert "FunctionError" not in answer, said


def _send(method: str, url: str, token: str, body: dict[str, Any] | None) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "If-None-Match": "*"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def _invoke(stack: Stack, arguments: dict[str, Any], token: str) -> dict[str, Any]:
    running, outputs = local_stack.running_stack(stack.places)
    client = aws_client("lambda", running)
    envelope = {
        "tool": "query",
        "arguments": arguments,
        "token": token,
        "deadline": 10_000,
        "request_id": "test",
        "idempotency_key": "",
        "config_version": "",
    }
    answer = client.invoke(FunctionName=outputs["gateway_function"], Payload=json.dumps(envelope).encode())
    reply: dict[str, Any] = json.load(answer["Payload"])
    client.close()
    return reply
