"""A request that is sent again with its Idempotency-Key gives the answer that was stored, whatever changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.agents.api.config_server import DEV, PATH, code, put

if TYPE_CHECKING:
    import httpx

ONCE = {"Idempotency-Key": "k-1"}
LABEL = "/v1/labels/agent/inventory"


def etag(http: httpx.Client) -> str:
    return http.get(PATH, params=DEV).headers["etag"]


def numbers(http: httpx.Client) -> list[int]:
    return [one["number"] for one in http.get(f"{PATH}/history", params=DEV).json()["versions"]]


def reused(response: httpx.Response) -> bool:
    assert code(response, 400) == "invalid"
    return [one["code"] for one in response.json()["problems"]] == ["idempotency_key_reused"]


@pytest.mark.parametrize("to", ["previous", "good", 1])
@pytest.mark.parametrize("any_head", [True, False])
def test_a_rollback(http: httpx.Client, to: object, *, any_head: bool) -> None:
    """Of whatever is there, too, and to a label that was moved; asked for something else it is refused by its code."""
    for number in range(3):
        put(http, number + 1, number)
    http.put(f"{LABEL}/good", params=DEV, json={"number": 1}, headers={"If-None-Match": "*"})
    headers = {"If-Match": "*" if any_head else etag(http), **ONCE}

    def back(to: object) -> httpx.Response:
        return http.post(f"{PATH}/rollback", params=DEV, json={"to": to}, headers=headers)

    first = back(to)
    assert first.status_code == 201, first.text
    put(http, 9, 4)
    http.put(f"{LABEL}/good", params=DEV, json={"number": 5}, headers={"If-Match": '"1"'}).raise_for_status()
    again = back(to)
    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), first.headers["etag"])
    assert reused(back(3))
    assert numbers(http) == [5, 4, 3, 2, 1]


def test_a_publish_and_a_patch(http: httpx.Client) -> None:
    """After others published; with another body or another version to start from, the key is refused by its code."""
    put(http, 1, 0)
    first = put(http, 2, 1, **ONCE)
    merge = {"Content-Type": "application/merge-patch+json", "Idempotency-Key": "k-2", "If-Match": etag(http)}
    patched = http.patch(PATH, params=DEV, content='{"parameters": {"rows": 3}}', headers=merge)
    put(http, 4, 3)
    assert put(http, 2, 1, **ONCE).json() == first.json()
    again = http.patch(PATH, params=DEV, content='{"parameters": {"rows": 3}}', headers=merge)
    assert (again.status_code, again.json()) == (201, patched.json())
    assert reused(put(http, 5, 1, **ONCE))
    assert reused(put(http, 2, 4, **ONCE))
    assert numbers(http) == [4, 3, 2, 1]


def test_several_at_once(http: httpx.Client, lead: httpx.Client) -> None:
    """Documents and labels, though the schema that they were held to asks for more by now."""
    kind, schema = "/v1/configs/schema/vendor", {"type": "object", "properties": {"name": {"type": "string"}}}
    made = lead.put(kind, json={"content": schema, "message": "m"}, headers={"If-None-Match": "*"})
    assert made.status_code == 201, made.text
    items = [
        {"key": "vendor/acme", "expected": 0, "content": {"name": "Acme"}},
        {"key": "vendor/acme", "label": "tried", "number": 1, "expected": 0},
    ]
    first = http.post("/v1/configs", json={"message": "m", "items": items}, headers=ONCE)
    assert first.status_code == 201, first.text
    item = {"key": "vendor/acme", "expected": 1, "content": {"name": "Acme", "place": "Ghent"}}
    http.post("/v1/configs", json={"message": "m", "items": [item]}).raise_for_status()
    stricter = {"content": {**schema, "required": ["place"]}, "message": "m"}
    lead.put(kind, json=stricter, headers={"If-Match": made.headers["etag"]}).raise_for_status()
    again = http.post("/v1/configs", json={"message": "m", "items": items}, headers=ONCE)
    assert (again.status_code, again.json()) == (201, first.json())
    assert reused(http.post("/v1/configs", json={"message": "other", "items": items}, headers=ONCE))
