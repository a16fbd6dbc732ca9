"""What every request passes first, and what every response carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents.api.endpoints import ENDPOINTS

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", ""])
def test_another_name_is_refused(client: httpx.Client, host: str) -> None:
    """A page that resolves its own name to this machine gets nothing from it."""
    assert client.get("/healthz", headers={"Host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1234", "LOCALHOST", "[::1]:80"])
def test_loopback_names_are_served(client: httpx.Client, host: str) -> None:
    """The names of this machine are served, with any port."""
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_responses_carry_security_headers_and_a_request_id(client: httpx.Client) -> None:
    """Also an error carries them, with an id of ours; one that was sent comes back beside it if it is harmless."""
    response = client.get("/nowhere", headers={"X-Request-Id": "abc-1"})
    assert response.status_code == 404
    for name, value in {
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-frame-options": "DENY",
        "cross-origin-resource-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
    }.items():
        assert response.headers.get_list(name) == [value]
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "camera=()" in response.headers["permissions-policy"]
    assert "server" not in response.headers
    # A browser would keep to it for a year, and nothing here has a certificate.
    assert "strict-transport-security" not in response.headers
    assert response.headers.get_list("x-request-id") != ["abc-1"]
    assert response.headers["x-client-request-id"] == "abc-1"
    again = client.get("/nowhere", headers={"X-Request-Id": "abc-1"})
    assert again.headers["x-request-id"] != response.headers["x-request-id"]
    for none in ({"X-Request-Id": "a b"}, {}):
        assert "x-client-request-id" not in client.get("/healthz", headers=none).headers


def test_health_ready_and_the_description_are_open(client: httpx.Client) -> None:
    """A probe and a generator of clients need no token."""
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert all(operation["security"] for methods in document["paths"].values() for operation in methods.values())


def test_a_body_without_a_length_is_limited_too(client: httpx.Client, manager: dict[str, str]) -> None:
    """A stream that never says how long it is ends at the same limit."""
    stream = (b"a" * 10_000 for _ in range(100))
    response = client.post("/v1/ask", content=stream, headers=manager | {"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "invalid")


def test_a_deployed_name_is_https_only() -> None:
    """Behind a gateway, which has a certificate and checks names itself, browsers are told to keep to it."""
    import anyio
    import httpx
    from starlette.responses import Response

    from agents.api.edge import Edge

    async def get(hosts: tuple[str, ...] | None) -> httpx.Response:
        transport = httpx.ASGITransport(Edge(Response(), hosts=hosts, new_id=lambda: "id"))
        async with httpx.AsyncClient(transport=transport, base_url="https://api.example.com") as http:
            return await http.get("/")

    assert anyio.run(get, None).headers["strict-transport-security"].startswith("max-age=31536000")
    assert anyio.run(get, ("127.0.0.1",)).status_code == 421


def test_pages_of_listed_origins_may_read_refusals(tmp_path: Path) -> None:
    """Also what the edge and the guard refuse; other pages may read nothing."""
    from tests.agents.api.probe import probed

    with probed(tmp_path, origins=("https://console.example.com",)) as probe:
        for origin, allowed in (("https://console.example.com", True), ("https://evil.example", False)):
            for path, host in (("/v1/ask", "127.0.0.1"), ("/healthz", "evil.example")):
                answer = probe.request("GET", path, headers={"Origin": origin, "Host": host})
                assert answer.status_code in {401, 421}
                assert ("access-control-allow-origin" in answer.headers) is allowed
        ask = {"Origin": "https://console.example.com", "Access-Control-Request-Method": "POST"}
        assert probe.request("OPTIONS", "/v1/ask", headers=ask).status_code == 200


@pytest.mark.parametrize(
    ("verb", "allowed"), [*((verb, True) for verb in sorted({verb for verb, _ in ENDPOINTS})), ("TRACE", False)]
)
def test_pages_may_use_every_verb_there_is(tmp_path: Path, verb: str, *, allowed: bool) -> None:
    """And go on with a stream after its last event; they read the ids of a request."""
    from tests.agents.api.probe import probed

    origin = {"Origin": "https://console.example.com"}
    asked = {"Access-Control-Request-Method": verb, "Access-Control-Request-Headers": "last-event-id"}
    with probed(tmp_path, origins=(origin["Origin"],)) as probe:
        assert (probe.request("OPTIONS", "/v1/changes", headers=origin | asked).status_code == 200) is allowed
        exposed = probe.request("GET", "/healthz", headers=origin).headers["access-control-expose-headers"]
    assert {"X-Request-Id", "X-Client-Request-Id"} <= set(exposed.split(", "))
