"""What every request passes first, and what every response carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
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
    """Also an error carries them; an id that was sent comes back, one that could forge a log line does not."""
    response = client.get("/nowhere", headers={"X-Request-Id": "abc-1"})
    assert response.status_code == 404
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-request-id"] == "abc-1"
    assert client.get("/healthz", headers={"X-Request-Id": "a b"}).headers["x-request-id"] != "a b"


def test_health_ready_and_the_description_are_open(client: httpx.Client) -> None:
    """A probe and a generator of clients need no token."""
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]) == {"/v1/ask", "/v1/configs/{kind}/{name}"}


def test_every_route_of_the_contract_is_served_and_no_other(client: httpx.Client) -> None:
    """The REST API declares its routes from the contract, so both lists are the same."""
    from agents.contract import ROUTES

    paths = client.get("/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == set(ROUTES)


def test_a_body_without_a_length_is_limited_too(client: httpx.Client, manager: dict[str, str]) -> None:
    """A stream that never says how long it is ends at the same limit."""
    stream = (b"a" * 10_000 for _ in range(100))
    response = client.post("/v1/ask", content=stream, headers=manager | {"Content-Type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "invalid")
