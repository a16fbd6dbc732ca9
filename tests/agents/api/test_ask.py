"""`POST /v1/ask` over a real server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

STOCKOUT = "Which products will run out in warehouse WH01 in the next 14 days?"
UNITS = "How many units were sold per warehouse in the last 30 days?"


def test_an_answer_has_everything_needed_to_check_it(client: httpx.Client, manager: dict[str, str]) -> None:
    """An answer names its agent, tools with results, configuration, conversation and usage."""
    answer = client.post("/v1/ask", json={"question": STOCKOUT}, headers=manager).raise_for_status().json()
    assert set(answer) == {
        "answer", "agent", "persona", "tools", "partial", "model", "fallback_from", "config_version",
        "conversation_id", "message_id", "usage",
    }  # fmt: skip
    (tool,) = answer["tools"]
    assert (answer["agent"], answer["persona"], tool["name"], tool["status"]) == (
        "inventory", "warehouse_manager", "stockout_risk", "ok",
    )  # fmt: skip
    assert tool["arguments"] == {"warehouse": "WH01", "horizon_days": 14}
    result = tool["result"]
    assert result["as_of"] == "2026-06-30"
    assert f"{result['value']} products" in answer["answer"]
    assert result["value"] == len(result["table"]["rows"]) > 0
    assert answer["config_version"].startswith("sha256:")


def test_two_personas_see_different_rows_of_the_same_question(
    client: httpx.Client, manager: dict[str, str], token: Callable[[str], str]
) -> None:
    """A manager sees the sales of own warehouses, an engineer those of own territories."""
    engineer = {"Authorization": f"Bearer {token('field_engineer')}"}
    tables = [
        client.post("/v1/ask", json={"question": UNITS}, headers=who).json()["tools"][0]["result"]["table"]["rows"]
        for who in (manager, engineer)
    ]
    assert {row[0] for row in tables[0]} == {"WH01", "WH02"}
    assert {row[0] for row in tables[1]} == {"WH01", "WH02", "WH03", "WH04", "WH05"}
    assert dict(tables[0])["WH01"] > dict(tables[1])["WH01"]


def test_an_answer_is_fast(client: httpx.Client, manager: dict[str, str]) -> None:
    """An offline answer is a matter of milliseconds; ten seconds would be a hang. (The figure is in bench/.)"""
    started = time.monotonic()
    client.post("/v1/ask", json={"question": STOCKOUT}, headers=manager).raise_for_status()
    assert time.monotonic() - started < 10


def test_a_person_of_two_personas_must_name_one(client: httpx.Client, issue: Callable[..., str]) -> None:
    """Who holds two personas gets 400 with both names until the request names one."""
    groups = ["warehouse_manager", "procurement_specialist"]
    headers = {"Authorization": f"Bearer {issue('dario', groups)}"}
    refused = client.post("/v1/ask", json={"question": UNITS}, headers=headers)
    assert refused.status_code == 400
    assert all(name in refused.json()["title"] for name in groups)
    named = client.post("/v1/ask", json={"question": UNITS, "persona": groups[0]}, headers=headers)
    assert named.status_code == 200
    assert [row[0] for row in named.json()["tools"][0]["result"]["table"]["rows"]] == ["WH03"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"not json", 400, "invalid"),
        (b"", 400, "invalid"),
        (b"[]", 400, "invalid"),
        (b"{}", 400, "invalid"),
        (b'{"question": 7}', 400, "invalid"),
        (b'{"question": ""}', 400, "invalid"),
        (b'{"question": "\\u0000\\u0007"}', 400, "invalid"),
        (b'{"question": "sales", "extra": 1}', 400, "invalid"),
        (b'{"question": "sales", "persona": "king"}', 400, "invalid"),
        (b'{"question": "sales", "persona": "field_engineer"}', 403, "forbidden"),
        (b'{"question": "sales", "agent": "nobody"}', 404, "not_found"),
        (b'{"question": "sales", "conversation_id": "../etc"}', 400, "invalid"),
        (b'{"question": "' + b"a" * 5_000 + b'"}', 400, "invalid"),
        (b'{"question": "' + b"a" * 400_000 + b'"}', 413, "invalid"),
        (b"[" * 100_000, 400, "invalid"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_input_is_a_problem_with_a_fix(
    client: httpx.Client, manager: dict[str, str], body: bytes, status: int, code: str
) -> None:
    """Each wrong body is answered by problem+json with our code and never by a trace."""
    response = client.post("/v1/ask", content=body, headers=manager | {"Content-Type": "application/json"})
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["code"], problem["status"]) == (code, status)
    assert problem["problems"]
    assert "Traceback" not in response.text


@pytest.mark.parametrize("header", [None, "", "Basic abc", "Bearer", "Bearer x.y.z", "Bearer " + "a" * 9_000])
def test_no_usable_token_is_401(client: httpx.Client, header: str | None) -> None:
    """Without a genuine token there is no answer, and the response says how to send one."""
    headers = {} if header is None else {"Authorization": header}
    response = client.post("/v1/ask", json={"question": STOCKOUT}, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"


def test_an_operator_is_no_persona(client: httpx.Client, operator: dict[str, str]) -> None:
    """A role to change configuration is no right to see rows."""
    response = client.post("/v1/ask", json={"question": STOCKOUT}, headers=operator)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")


def test_a_conversation_goes_on(client: httpx.Client, manager: dict[str, str]) -> None:
    """A second question in the same conversation keeps its id and has a later message."""
    first = client.post("/v1/ask", json={"question": UNITS}, headers=manager).json()
    body = {"question": UNITS, "conversation_id": first["conversation_id"]}
    second = client.post("/v1/ask", json=body, headers=manager).json()
    assert second["conversation_id"] == first["conversation_id"]
    assert second["message_id"] > first["message_id"]


def test_sixteen_people_ask_at_once(client: httpx.Client, manager: dict[str, str]) -> None:
    """Answers do not mix: each of many at once is the answer to its own question."""
    from concurrent.futures import ThreadPoolExecutor

    def ask(days: int) -> tuple[int, int]:
        question = f"Which products will run out in warehouse WH02 in the next {days} days?"
        answer = client.post("/v1/ask", json={"question": question}, headers=manager).raise_for_status().json()
        return days, answer["tools"][0]["arguments"]["horizon_days"]

    with ThreadPoolExecutor(16) as pool:
        assert all(asked == answered for asked, answered in pool.map(ask, range(1, 49)))
