"""What pipelines and agents elsewhere do by one request, against the server of a laptop."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from agents.client.client import Client
from agents.client.nouns import Ack
from agents.errors import (
    ConflictError,
    ForbiddenError,
    GapError,
    InvalidError,
    LimitedError,
    NotFoundError,
    QuartermasterError,
    UnauthenticatedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "agent/inventory"


@pytest.fixture(scope="module")
def client(url: str, token: Callable[[str], str]) -> Iterator[Client]:
    with Client(url, token("operator")) as found:
        yield found


def test_a_document_is_read_changed_and_followed(client: Client) -> None:
    """Get, patch, get what runs, and find the change in the log."""
    start = client.changes().cursor
    base = client.get(KEY)
    patched = client.patch(KEY, {"limits": {"turns": 7}}, message="More turns", made_from=base.number)
    assert (patched.number, patched.parent) == (base.number + 1, base.digest)
    running = client.effective(KEY)
    assert running.content["limits"]["turns"] == 7
    assert client.effective(KEY, known=running) is running
    again = client.patch(
        KEY, [{"op": "replace", "path": "/limits/turns", "value": 8}], message="And one", made_from=patched.number
    )
    assert client.effective(KEY, known=running).content["limits"]["turns"] == 8
    back = client.put(KEY, base.content, message="As before", made_from=again.number)
    assert back.digest == base.digest
    assert [(change.key, change.number) for change in client.changes(start, keys=[KEY]).items] == [
        (KEY, patched.number), (KEY, again.number), (KEY, back.number),
    ]  # fmt: skip


def test_a_key_makes_a_publish_once(client: Client) -> None:
    """The same request with the same key gives the version that it made."""
    base = client.get(KEY)
    made = [
        client.put(KEY, base.content, message="Once", made_from=base.number, idempotency_key="pipeline-17")
        for _ in range(2)
    ]
    assert made[0].number == made[1].number == base.number + 1


def test_errors_are_ours(client: Client, url: str, token: Callable[[str], str]) -> None:
    """With what they say, all problems, and how to mend them."""
    base = client.get(KEY)
    with pytest.raises(ConflictError):
        client.put(KEY, base.content, message="Too late", made_from=base.number + 1)
    with pytest.raises(InvalidError) as wrong:
        client.patch(KEY, {"limits": {"turns": "many"}}, message="Wrong", made_from=base.number)
    assert any(problem.pointer == "/limits/turns" for problem in wrong.value.problems)
    with pytest.raises(NotFoundError):
        client.get(KEY, layer="env:nowhere")
    with pytest.raises(GapError):
        client.changes("999999999")
    with Client(url, "nobody") as nobody, pytest.raises(UnauthenticatedError):
        nobody.get(KEY)
    with Client(url, lambda: token("viewer")) as viewer, pytest.raises(ForbiddenError):
        viewer.put(KEY, {}, message="Not mine", made_from=0)


def test_instances_say_what_they_run(client: Client) -> None:
    running = client.effective(KEY)
    now = datetime.now(UTC)
    client.ack(
        [
            Ack(
                instance="pipeline-1", key=KEY, digest=running.digest, versions=running.versions,
                cursor=client.changes().cursor, status="applied", at=now,
            )
        ]
    )  # fmt: skip
    (own,) = [one for one in client.instances([KEY]).instances if one.instance == "pipeline-1"]
    assert (own.key, own.desired, own.digest) == (KEY, running.digest, running.digest)


def test_a_question_is_answered(url: str, token: Callable[[str], str]) -> None:
    with Client(url, token("warehouse_manager")) as client:
        answer = client.ask("Which products will run out in warehouse WH01 in the next 14 days?")
    assert answer.text
    assert re.fullmatch("sha256:[0-9a-f]{64}", answer.config_version)
    assert answer.fields["tools"], answer.text


@pytest.mark.parametrize(
    ("response", "error"),
    [
        (httpx.Response(502, text="<html>Bad gateway</html>"), UnavailableError),
        (httpx.Response(503, json=["x"]), UnavailableError),
        (httpx.Response(404, text="nothing"), InvalidError),
        (httpx.Response(418, json={"code": "teapot", "problems": "none"}), InvalidError),
        (httpx.Response(429, headers={"Retry-After": "7"}), LimitedError),
        (httpx.Response(429, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}), LimitedError),
    ],
)
def test_what_stands_in_between_may_answer_too(response: httpx.Response, error: type[QuartermasterError]) -> None:
    """A gateway's page is an error like any other."""
    transport = httpx.MockTransport(lambda _: response)
    with Client("http://test", "x", transport=transport) as client, pytest.raises(error) as found:
        client.get(KEY)
    if isinstance(found.value, LimitedError):
        assert found.value.retry_after_s in {5, 7}


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with Client("http://127.0.0.1:1", "x") as client, pytest.raises(UnavailableError, match="Check its URL"):
        client.get(KEY)
