"""Who may use a route is decided before a body is read, and written down before an answer leaves."""

from __future__ import annotations

import itertools
import logging
import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import APIRouter

from agents.access.principal import Claims
from agents.api.guard import MOST_ASKS
from agents.api.request_ids import RequestIds
from tests.agents.api.probe import probed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.agents.api.probe import Probe

CONFIG = "/v1/configs/agent/inventory"
NAMED = {"name": "x"}


@pytest.fixture
def broken(probe: Probe) -> Iterator[None]:
    """The audit's disk is full."""
    probe.log.broken = True
    yield
    probe.log.broken = False


def problem(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json()["status"] == response.status_code
    return response.status_code, response.json()["code"]


@pytest.mark.parametrize("body", [b"not json", b"", b"{", b"[" * 100_000, b"x" * 400_000])
def test_nobody_learns_nothing_of_a_body(probe: Probe, body: bytes) -> None:
    """Who is nobody gets 401 for any body that the edge lets in, also for one that is no JSON."""
    response = probe.request("POST", "/v1/ask", content=body)
    assert problem(response) == ((413, "invalid") if len(body) > 300 * 1024 else (401, "unauthenticated"))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nowhere"),
        ("DELETE", "/v1/ask"),
        ("GET", "/v1/"),
        ("OPTIONS", "/v1/ask"),
        ("TRACE", "/v1/ask"),
        ("PUT", CONFIG),
    ],
)
def test_nobody_learns_nothing_of_paths(probe: Probe, method: str, path: str) -> None:
    """Below /v1 what is there and what is not look the same to who is nobody."""
    assert problem(probe.request(method, path)) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/v1/nowhere", 404, None),
        ("GET", "/v1", 404, None),
        ("GET", "/v1/ask/", 404, None),
        ("GET", "/V1/ask", 404, None),
        ("GET", "/v1//ask", 404, None),
        ("GET", "/v1/configs/agent/a/b", 404, None),
        ("GET", "/v1/configs//inventory", 404, None),
        ("GET", "/v1/../healthz", 404, None),
        ("GET", "/docs", 404, None),
        ("DELETE", "/v1/ask", 405, "POST"),
        ("OPTIONS", "/v1/ask", 405, "POST"),
        ("HEAD", "/v1/ask", 405, "POST"),
        ("DELETE", CONFIG, 405, "GET, HEAD, PATCH, PUT"),
        ("BREW", CONFIG, 405, "GET, HEAD, PATCH, PUT"),
        ("POST", "/healthz", 405, "GET, HEAD"),
        ("BREW", "/healthz", 405, "GET, HEAD"),
    ],
)
def test_unknown_paths_and_verbs(probe: Probe, method: str, path: str, status: int, allow: str | None) -> None:
    """What is not there is 404; what is there for other verbs is 405 and names those."""
    head = "".join(f"{name}: {value}\r\n" for name, value in probe.bearer("operator").items())
    with probe.connect() as raw:  # a client of HTTP would mend the path first
        raw.sendall(f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{head}\r\n".encode())
        answer = raw.makefile("rb").read().decode()
    first, _, rest = answer.partition("\r\n")
    assert first.split()[1] == str(status)
    assert ([line[7:] for line in rest.split("\r\n") if line.startswith("allow: ")] or [None]) == [allow]


def test_a_method_cannot_be_overridden(probe: Probe) -> None:
    """A header that asks for another verb is not listened to."""
    headers = probe.bearer("viewer") | {"X-HTTP-Method-Override": "PUT", "X-Method-Override": "PUT"}
    assert probe.request("GET", CONFIG, headers=headers).text == "agent/inventory"


def test_who_may_not_is_told_no_more(probe: Probe) -> None:
    """A denial names neither the rule nor what there is, and is written down with both."""
    response = probe.request("PUT", CONFIG, json=NAMED, headers=probe.bearer("viewer"))
    assert problem(response) == (403, "forbidden")
    assert "inventory" not in response.text
    assert "viewer" not in response.text
    (record,) = probe.records(response.headers["x-request-id"])
    assert (record["subject"], record["action"], record["resource"]) == ("wanda", "config:write", "agent/inventory")
    assert (record["allowed"], record["rule"]) == (False, "default deny")


def test_a_denial_comes_before_the_body(probe: Probe) -> None:
    """Who may not is told so whatever the body, which is not read."""
    assert problem(probe.request("PUT", CONFIG, content=b"{", headers=probe.bearer("viewer"))) == (403, "forbidden")


def test_each_kind_of_documents_has_its_own_rule(probe: Probe) -> None:
    """Documents that say who may do what are not an operator's, however their kind is written."""
    for kind in ("access", "Access", "ACCESS", "key", "access%00", "%61ccess", "access%2f..", " access", "access."):
        response = probe.request("PUT", f"/v1/configs/{kind}/policy", json=NAMED, headers=probe.bearer("operator"))
        assert response.status_code in {400, 403, 404}, kind
    assert not [what for what in probe.done if "policy" in what]
    assert probe.request("PUT", "/v1/configs/access/p", json=NAMED, headers=probe.bearer("access-admin")).is_success
    assert probe.request("PUT", CONFIG, json=NAMED, headers=probe.bearer("access-admin")).status_code == 403


def test_what_is_allowed_is_written_down_with_its_rule(probe: Probe) -> None:
    """The record carries the id that the answer carries."""
    response = probe.request("PUT", CONFIG, json=NAMED, headers=probe.bearer("operator", subject="olga"))
    (record,) = probe.records(response.headers["x-request-id"])
    assert (record["subject"], record["rule"], record["allowed"]) == ("olga", "role operator", True)


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(
    ("method", "path", "groups", "token"),
    [
        ("GET", CONFIG, ("viewer",), "token"),
        ("GET", "/v1/access/me", (), "token"),
        ("PUT", CONFIG, ("viewer",), "token"),
        ("PUT", CONFIG, ("operator",), "token"),
        ("GET", "/v1/configs/agent/broken", ("viewer",), "token"),
        ("GET", CONFIG, (), ""),
    ],
    ids=["allowed", "streamed", "denied", "written", "failed", "nobody"],
)
def test_what_cannot_be_written_down_is_not_answered(
    probe: Probe, method: str, path: str, groups: tuple[str, ...], token: str
) -> None:
    """Answers, denials and errors alike become 503, and nothing was done."""
    before = list(probe.done)
    headers = probe.bearer(*groups) if token else {}
    response = probe.request(method, path, json=NAMED, headers=headers)
    assert problem(response) == (503, "unavailable")
    assert "agent/inventory" not in response.text
    assert probe.done == before
    assert "www-authenticate" not in response.headers


def test_a_stream_is_answered_as_it_comes(probe: Probe) -> None:
    """A route that answers in parts is recorded before the first."""
    response = probe.request("GET", "/v1/access/me", headers=probe.bearer())
    assert response.text == "ab"
    assert len(probe.records(response.headers["x-request-id"])) == 1


def test_a_defect_tells_nothing(probe: Probe) -> None:
    """It is a problem like others, with what every answer carries, and the decision before it is written down."""
    response = probe.request("GET", "/v1/configs/agent/broken", headers=probe.bearer("viewer"))
    assert problem(response) == (500, "internal")
    assert "secret" not in response.text
    assert len(probe.records(response.headers["x-request-id"])) == 1


def test_head_is_get_without_its_body(probe: Probe) -> None:
    """For open and for guarded routes."""
    assert probe.request("HEAD", "/healthz").headers["content-length"] == "15"
    assert probe.request("HEAD", CONFIG).status_code == 401
    response = probe.request("HEAD", CONFIG, headers=probe.bearer("viewer"))
    assert (response.status_code, response.content) == (200, b"")
    assert probe.records(response.headers["x-request-id"])[0]["action"] == "config:read"


def test_a_record_is_not_put_under_the_id_of_another(probe: Probe) -> None:
    """An id that a caller sends names no record, or it could name somebody else's."""
    first = probe.request("GET", CONFIG, headers=probe.bearer("viewer"))
    theirs = first.headers["x-request-id"]
    second = probe.request("GET", CONFIG, headers=probe.bearer(subject="felix") | {"X-Request-Id": theirs})
    assert second.headers["x-client-request-id"] == theirs
    assert [record["subject"] for record in probe.records(theirs)] == ["wanda"]
    assert [record["subject"] for record in probe.records(second.headers["x-request-id"])] == ["felix"]


def test_a_line_of_the_log_names_the_request() -> None:
    """Once, however many handlers see it, and the id that its caller sent; outside of requests nothing is added."""
    from agents.api.request_ids import CLIENT_REQUEST_ID, REQUEST_ID

    line = logging.LogRecord("x", logging.ERROR, "", 0, "it broke: %s", ("why",), None)
    named = logging.LogRecord("x", logging.ERROR, "", 0, "it broke", (), None)
    token = REQUEST_ID.set("abc")
    try:
        assert all(RequestIds().filter(line) for _ in range(2))
        theirs = CLIENT_REQUEST_ID.set("mine-1")
        assert RequestIds().filter(named)
        CLIENT_REQUEST_ID.reset(theirs)
    finally:
        REQUEST_ID.reset(token)
    assert line.getMessage() == "[abc] it broke: why"
    assert named.getMessage() == "[abc client=mine-1] it broke"
    other = logging.LogRecord("x", logging.ERROR, "", 0, "it broke", (), None)
    RequestIds().filter(other)
    assert other.getMessage() == "it broke"


class Remembering:
    """Keys of machines: each is proven once, and known from then on. Says on which thread."""

    def __init__(self) -> None:
        self.known: dict[str, Claims] = {}
        self.proven: list[int] = []
        self.recalled: list[int] = []

    def verify(self, token: str) -> Claims:
        self.proven.append(threading.get_ident())
        claims = Claims(subject="machine-a", groups=frozenset({"viewer"}), expires_at=2e9)
        return self.known.setdefault(token, claims)

    def recall(self, token: str) -> Claims | None:
        self.recalled.append(threading.get_ident())
        return self.known.get(token)


def test_a_known_token_needs_no_thread(tmp_path: Path) -> None:
    """The event loop looks into memory and nowhere else; what is decided is written down all the same."""
    machines = Remembering()
    with probed(tmp_path, machines=machines) as probe:
        headers = {"Authorization": "Bearer qmk_a"}
        responses = [probe.request("GET", CONFIG, headers=headers) for _ in range(3)]
        records = [probe.records(response.headers["x-request-id"]) for response in responses]
    loop = machines.recalled[0]
    assert [response.status_code for response in responses] == [200] * 3
    assert len(machines.proven) == 1
    assert loop not in machines.proven
    assert machines.recalled[-2:] == [loop] * 2
    assert [[record["subject"] for record in each] for each in records] == [["machine-a"]] * 3


def test_slow_questions_of_one_person_stop_nobody_else(tmp_path: Path) -> None:
    """Eight at once are answered and further ones refused; whoever comes is proven and told of health meanwhile."""
    free = threading.Event()
    slow = APIRouter()

    @slow.post("/v1/ask")
    def ask() -> dict[str, str]:
        assert free.wait(60)
        return {}

    @slow.get("/v1/configs/agent/slow")
    def read() -> dict[str, str]:
        assert free.wait(60)
        return {}

    with (
        probed(tmp_path, routers=[slow]) as probe,
        httpx.Client(base_url=f"http://127.0.0.1:{probe.port}", timeout=60, limits=httpx.Limits()) as http,
        ThreadPoolExecutor(100) as many,
    ):
        headers = probe.bearer("warehouse_manager")
        asked = [many.submit(http.request, "POST", "/v1/ask", headers=headers) for _ in range(45)]
        try:
            early = [one.result(30) for one in itertools.islice(as_completed(asked, 30), 45 - MOST_ASKS)]
            # What no cap holds back takes every thread that routes work on.
            reader = probe.bearer("viewer", subject="rita")
            reads = [many.submit(http.request, "GET", "/v1/configs/agent/slow", headers=reader) for _ in range(45)]
            for path, status in (("/healthz", 200), ("/readyz", 200), ("/v1/nowhere", 404)):
                new = probe.bearer(subject=path.strip("/").replace("/", "-"))
                found = many.submit(http.request, "GET", path, headers=new).result(30)
                assert found.status_code == status
        finally:
            free.set()
        assert {problem(one) for one in early} == {(429, "limited")}
        assert {one.headers["retry-after"] for one in early} == {"2"}
        assert sorted(one.result().status_code for one in asked) == [200] * MOST_ASKS + [429] * (45 - MOST_ASKS)
        assert {one.result().status_code for one in reads} == {200}
        refused = [record for one in early for record in probe.records(one.headers["x-request-id"])]
        assert [(one["subject"], one["rule"]) for one in refused] == [("wanda", "limited")]
        assert probe.request("POST", "/v1/ask", headers=headers).status_code == 200
