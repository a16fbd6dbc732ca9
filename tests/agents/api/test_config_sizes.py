"""How much fits: a document counts as it is stored, and several at once have room for what every store takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agents.api.edge import MAX_BULK_BODY_BYTES, MAX_DOCUMENT_BODY_BYTES
from agents.configuration.documents import MAX_DOCUMENT_BYTES
from agents.configuration.publish import MAX_TOGETHER_BYTES
from tests.agents.api.config_server import code

if TYPE_CHECKING:
    import httpx

PATH = "/v1/configs/vendor/acme"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def kind(lead: httpx.Client) -> None:
    """A kind whose documents hold any text."""
    body = {"content": {"type": "object"}, "message": "m"}
    lead.put("/v1/configs/schema/vendor", json=body, headers={"If-None-Match": "*"}).raise_for_status()


def publish(http: httpx.Client, text: str) -> httpx.Response:
    body = json.dumps({"content": {"text": text}, "message": "m"})  # with escapes for all that is not ASCII
    return http.put(PATH, content=body, headers={"If-None-Match": "*", **JSON})


def several(http: httpx.Client, size: int, *, count: int = 25, **extra: object) -> httpx.Response:
    items = [
        {"key": f"vendor/v{number}", "expected": 0, "content": {"text": "x" * size}} | extra for number in range(count)
    ]
    return http.post("/v1/configs", json={"message": "m", "items": items})


@pytest.mark.parametrize("character", ["x", "é", "物", "😀"])
def test_a_document_counts_as_it_is_stored(http: httpx.Client, character: str) -> None:
    """Whatever its characters take on their way; a byte more is refused by the limit of documents."""
    room = MAX_DOCUMENT_BYTES - len('{"text":""}')
    most, rest = divmod(room, len(character.encode()))
    assert code(publish(http, character * most + "x" * (rest + 1)), 400) == "invalid"
    done = publish(http, character * most + "x" * rest)
    assert done.status_code == 201, done.text
    assert http.get(PATH).json()["content"]["text"] == character * most + "x" * rest


def test_what_is_wrong_in_a_large_body_is_named(http: httpx.Client) -> None:
    """With its place, as in a small one."""
    text = "\\u7269" * 90_000
    broken = f'{{"content": {{"text": "{text}"}},\n "message": 7,\n "more": 1}}'
    refused = http.put(PATH, content=broken, headers={"If-None-Match": "*", **JSON})
    assert code(refused, 400) == "invalid"
    assert {(one["pointer"], one["where"]) for one in refused.json()["problems"]} == {
        ("/message", "body:2:2"),
        ("/more", "body:3:2"),
    }
    twice = http.put(PATH, content=broken.replace("more", "message"), headers={"If-None-Match": "*", **JSON})
    assert code(twice, 400) == "invalid"
    assert twice.json()["problems"][0]["where"] == "body:3:2"
    listed = http.post("/v1/configs", content=f'["{text}"]', headers=JSON)
    assert code(listed, 400) == "invalid"
    odd = http.put(PATH, content=f'{{"content": {{"text": "{text}", "n": 1e999}}}}', headers=JSON | {"If-Match": '"1"'})
    assert odd.json()["problems"][0]["pointer"] == "/content/n"


@pytest.mark.parametrize("size", [20_000, MAX_TOGETHER_BYTES // 25 - 100])
def test_twenty_five_documents_go_together(http: httpx.Client, size: int) -> None:
    """Up to what every store takes at once."""
    done = several(http, size)
    assert done.status_code == 201, done.text
    assert len(done.json()["items"]) == 25


def test_more_is_refused_by_what_it_is_too_much_for(http: httpx.Client) -> None:
    """Together, of one body, and of a text that is slow to read; nothing is stored."""
    together = several(http, MAX_TOGETHER_BYTES // 25)
    assert code(together, 400) == "invalid"
    assert f"{MAX_TOGETHER_BYTES:,}" in together.json()["title"]
    assert code(several(http, MAX_BULK_BODY_BYTES // 20, count=20), 413) == "invalid"
    assert code(publish(http, "物" * (MAX_DOCUMENT_BODY_BYTES // 6)), 413) == "invalid"
    slow = http.post("/v1/configs", content=b"a: " + b"x" * 600_000, headers={"Content-Type": "application/yaml"})
    assert code(slow, 400) == "invalid"
    stream = (b"a" * 100_000 for _ in range(50))
    assert http.post("/v1/configs", content=stream, headers=JSON).status_code == 413
    assert http.get("/v1/configs", params={"kind": "vendor"}).json()["documents"] == []
