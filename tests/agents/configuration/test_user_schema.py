"""A schema that somebody else wrote reads nothing, tells nothing, and cannot hold anything up."""

from __future__ import annotations

import http.server
import threading
import time
from typing import TYPE_CHECKING

import pytest

from agents.configuration.user_schema import MAX_SCHEMA_BYTES, check_by_schema, check_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agents.configuration.documents import Content

LONGEST_S = 4.0  # with the machine's other work; the worker itself is given 0.3 s of CPU


def nested(levels: int, word: str) -> Content:
    schema: Content = {}
    for _ in range(levels):
        schema = {word: schema}
    return schema


def doubling(levels: int) -> Content:
    steps: Content = {f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 2} for n in range(levels)}
    return {"$defs": {**steps, f"s{levels}": {"type": "object"}}, "$ref": "#/$defs/s0"}


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server that would be glad to be asked."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/schema.json", asked
        listening.shutdown()


@pytest.mark.parametrize("word", ["$ref", "$dynamicRef", "$recursiveRef", "$schema", "$id", "id"])
def test_no_reference_is_fetched_or_read(server: tuple[str, list[str]], tmp_path: Path, word: str) -> None:
    """Refused with its place, and the file's content is nowhere in the answer."""
    url, asked = server
    secret = tmp_path / "secret.json"
    secret.write_text('{"const": "hunter2"}')
    for target in (url, secret.as_uri(), "other.json", "//127.0.0.1/x", "urn:x", ""):
        found = check_schema({"properties": {"a": {word: target}}})
        assert [problem.pointer for problem in found] == [f"/properties/a/{word}"]
        assert "hunter2" not in repr(found)
    assert asked == []


def test_a_schema_that_came_past_its_check_still_reads_nothing(server: tuple[str, list[str]], tmp_path: Path) -> None:
    """The evaluation itself is offline."""
    url, asked = server
    secret = tmp_path / "secret.json"
    secret.write_text('{"const": "hunter2"}')
    for target in (url, secret.as_uri()):
        found = check_by_schema({"$ref": target}, {})
        assert found
        assert "hunter2" not in repr(found)
    assert asked == []


def test_a_reference_into_itself_is_followed() -> None:
    tree: Content = {"properties": {"left": {"$ref": "#"}, "n": {"type": "integer"}}, "additionalProperties": False}
    assert check_schema(tree) == ()
    assert check_by_schema(tree, {"left": {"left": {"n": 1}}}) == ()
    assert [one.pointer for one in check_by_schema(tree, {"left": {"left": {"n": "x"}}})] == ["/left/left/n"]


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "nonsense"},
        {"$ref": "#/$defs/none"},
        {"pattern": "("},
        {"pattern": "(?=a)b"},
        {"pattern": "(a)\\1"},
        {"pattern": "a" * 513},
        {"patternProperties": {"a" * 513: {}}},
        {"pattern": "a{1000}{1000}"},
        {"$vocabulary": {}},
        {"description": "x" * MAX_SCHEMA_BYTES},
        nested(41, "not"),
        nested(900, "items"),
    ],
    ids=lambda schema: str(schema)[:40],
)
def test_what_is_no_schema_is_refused(schema: Content) -> None:
    found = check_schema(schema)
    assert found
    assert all(problem.fix for problem in found)


@pytest.mark.parametrize(
    ("schema", "content"),
    [
        ({"$ref": "#"}, {}),
        ({"properties": {"x": {"pattern": "^(a+)+$"}}}, {"x": "a" * 50_000 + "b"}),
        ({"properties": {"x": {"pattern": "(.*)*=(.*)*"}}}, {"x": "=" * 50_000}),
        (doubling(30), {}),
        (
            {"allOf": [{"additionalProperties": {"$ref": "#"}}, {"additionalProperties": {"$ref": "#"}}]},
            nested(60, "a"),
        ),
        ({"properties": {"x": {"uniqueItems": True}}}, {"x": [*range(15_000)]}),
        ({"properties": {"x": {"multipleOf": 1e-300}}}, {"x": 1e300}),
    ],
    ids=["loop", "pattern", "stars", "doubling", "doubling-deep", "unique", "multiple"],
)
def test_a_bomb_ends_its_own_process_in_time(schema: Content, content: Content) -> None:
    """Whether it is refused or answered, the answer comes soon and this process lives."""
    started = time.monotonic()
    check_by_schema(schema, content)
    assert time.monotonic() - started < LONGEST_S


def test_what_takes_too_much_is_a_problem_of_the_schema() -> None:
    (problem,) = check_by_schema(doubling(40), {})
    assert "too much time" in problem.message
    assert problem.fix


def test_problems_are_few_and_short() -> None:
    """Ten thousand wrong items are one answer of a page."""
    found = check_by_schema({"properties": {"x": {"items": {"type": "integer"}}}}, {"x": ["hunter2"] * 10_000})
    assert len(found) == 50
    assert "hunter2" not in repr(found)


def test_the_worker_has_none_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even a schema that broke the validator would find a credential there."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    assert check_by_schema({"type": "object"}, {}) == ()
