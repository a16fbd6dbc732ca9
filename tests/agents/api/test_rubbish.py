"""Rubbish over the whole description: generated from a seed, sent by people who may, answered as problems.

`QM_RUBBISH` says how many requests; a number alone repeats one that failed.
"""

from __future__ import annotations

import json
import os
from itertools import cycle
from random import Random
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    Request = tuple[str, str, dict[str, str], bytes]

REQUESTS: Final = int(os.environ.get("QM_RUBBISH", "500"))
PEOPLE: Final = 40  # who share the work, as one of them would soon be asked to wait
GROUPS: Final = ("warehouse_manager", "operator", "access-admin", "auditor")  # together everything
TEXTS: Final = (
    "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", "\U0010ffff", "\u202e", "é" * 500, "a" * 100_000,
    "../../etc/passwd", "%00", "' OR 1=1 --", "{{7*7}}", "${jndi:ldap://x}", "null", "-1", "1e309", "*", "007",
    "\r\nSet-Cookie: a=b", "agent/inventory", "9" * 40,
)  # fmt: skip
NUMBERS: Final = (0, -1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, 0.1, -0.0, 1e308, 5e-324)
RAW: Final = (
    b"", b"{", b"null", b"[]", b"7", b'"x"', b"\x00", b"\xff\xfe", b"\xef\xbb\xbf{}", b"NaN", b"[NaN]",
    b'{"a":Infinity}', b'{"question":' + b"[" * 50_000, b'{"a":' * 20_000, b'{"question":"\\ud800"}',
    b'{"question":"x","question":"y"}', b'{"question": 1' + b"0" * 5_000 + b"}", b"'x'", b"<xml/>",
    b"question=x", b"--x\r\n\r\n--x--", b"{} {}", b"\x1f\x8b\x08\x00",
)  # fmt: skip
TYPES: Final = (
    "application/json", "application/json; charset=utf-16", 'application/json; charset="', "text/plain",
    "application/xml", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "*/*", "", ";", "a" * 5_000,
)  # fmt: skip
HEADERS: Final = (
    ("If-Match", '"1"'), ("If-Match", "*"), ("If-Match", 'W/"1"'), ("If-Match", '"' + "9" * 5_000 + '"'),
    ("If-None-Match", "*"), ("If-Match", '"0"'), ("If-Match", '"-1"'), ("Accept", "text/html"),
    ("Accept-Encoding", "zstd;q=x"), ("Range", "bytes=9-1"), ("Content-Encoding", "gzip"),
    ("X-HTTP-Method-Override", "DELETE"), ("X-Forwarded-For", "10.0.0.1"), ("Cookie", "a" * 4_000),
    ("X-Request-Id", "../x"), ("X-Original-URL", "/v1/audit"), ("Expect", "200-maybe"), ("Upgrade", "h2c"),
    ("Idempotency-Key", ""), ("Idempotency-Key", "k" * 300), ("Idempotency-Key", "k"), ("If-None-Match", '"1", W/"2"'),
    ("Accept", "application/yaml;q=0, */*;q=0.1"), ("Accept", "application/toml"), ("Accept", "," * 2_000),
    ("Accept", "text/event-stream;q=0"), ("Last-Event-ID", "9" * 40), ("Last-Event-ID", "007"), ("If-Match", '"1-x"'),
    ("If-Match", '"1-00000000"'),
)  # fmt: skip


def value(random: Random, depth: int = 0) -> object:
    """Some JSON."""
    kind = random.randrange(7 if depth < 4 else 5)
    if kind == 5:
        return [value(random, depth + 1) for _ in range(random.randrange(4))]
    if kind == 6:
        return {random.choice(TEXTS[:12]): value(random, depth + 1) for _ in range(random.randrange(4))}
    return random.choice(((None, True, False), NUMBERS, TEXTS, TEXTS, ("agent", "base", "inventory"))[kind])


def resolved(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def body(random: Random, operation: dict[str, Any], document: dict[str, Any]) -> bytes:
    """Bytes that are no JSON, or JSON that is nearly what the description asks for."""
    content = operation.get("requestBody", {}).get("content", {})
    if not content or random.random() < 0.3:
        return random.choice(RAW)
    schema = resolved(content[random.choice(sorted(content))]["schema"], document)
    fields: dict[str, object] = {
        name: value(random) if random.random() < 0.6 else random.choice(("x", ["x"], {}, 1))
        for name in schema.get("properties", {})
        if random.random() < 0.85
    }
    if random.random() < 0.2:
        fields[random.choice(("extra", "__proto__", "", "\x00", "a" * 1_000))] = value(random)
    return json.dumps(fields).encode()


def segment(random: Random) -> str:
    text = random.choice(
        (*TEXTS, "agent", "inventory", "access", "policy", ".", "..", "a/b", "a\\b", "a;b", "a b", "é")
    )
    return quote(text[:600].encode("utf-8", "surrogatepass"), safe="" if random.random() < 0.8 else "/.")


def request(number: int, document: dict[str, Any]) -> Request:
    """The request of this number: verb, target, headers, body."""
    random = Random(number)
    path, methods = random.choice(sorted(document["paths"].items()))
    method, operation = random.choice(sorted(methods.items()))
    given = {"kind": "agent", "name": "inventory", "number": "1", "label": "tried"}
    for name, known in given.items():
        path = path.replace(f"{{{name}}}", segment(random) if random.random() < 0.5 else known)
    if random.random() < 0.1:
        path = random.choice(
            (path + "/", path.upper(), "/" + path, path + "%2f", path + "/..", path + "?", "/v1/%ff%fe")
        )
    names = [item["name"] for item in operation.get("parameters", []) if item["in"] == "query"]
    query = [
        f"{quote(name)}={quote(str(value(random))[:500].encode('utf-8', 'surrogatepass'))}"
        for name in (*names, "unknown", "a[b]", "")
        if random.random() < 0.5
    ]
    if random.random() < 0.1:
        query.append(
            random.choice(("&&&", "=", "a=%ff%fe", "%00=%00", "layer=base&layer=env:dev", "limit=1&limit=x", "%"))
        )
    verb = (
        method.upper()
        if random.random() < 0.9
        else random.choice(("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "TRACE", "X"))
    )
    headers = dict(random.sample(HEADERS, random.randrange(3)))
    media = sorted(operation.get("requestBody", {}).get("content", {})) or ["application/json"]
    headers["Content-Type"] = random.choice(media) if random.random() < 0.7 else random.choice(TYPES)
    return verb, path + ("?" + "&".join(query) if query else ""), headers, body(random, operation, document)


@pytest.fixture(scope="module")
def people(issue: Callable[..., str]) -> list[str]:
    """Tokens of many people who may do everything; each is somebody else to the limits."""
    return [issue(f"person-{number}", GROUPS) for number in range(PEOPLE)]


def test_rubbish_is_answered_by_problems(client: httpx.Client, people: list[str]) -> None:
    """No answer is our own fault, each error is a problem with a code, and the server goes on."""
    document = client.get("/openapi.json").json()
    tokens = cycle(people)
    seen: dict[int, int] = {}
    for number in range(REQUESTS):
        verb, target, headers, content = request(number, document)
        headers |= {"Authorization": f"Bearer {next(tokens)}"}
        answer = client.request(verb, str(client.base_url).rstrip("/") + target, headers=headers, content=content)
        about = f"number {number}: {verb} {target[:200]} -> {answer.status_code} {answer.text[:300]}"
        assert answer.status_code < 500, about
        assert "Traceback" not in answer.text, about
        assert answer.headers["x-content-type-options"] == "nosniff", about
        assert "set-cookie" not in answer.headers, about
        if answer.status_code >= 400 and verb != "HEAD":
            assert answer.headers["content-type"] == "application/problem+json", about
            problem = answer.json()
            assert (problem["status"], bool(problem["code"])) == (answer.status_code, True), about
            assert problem["problems"], about
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1
    assert client.get("/readyz").status_code == 200
    # It is no test of doors that are shut: most of it gets past the guard, and some is even right.
    assert {200, 400, 404, 405} <= set(seen), seen
    assert seen[400] > REQUESTS / 5, seen
    assert 429 not in seen, seen
