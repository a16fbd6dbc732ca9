"""Every endpoint, asked by everybody: the table of who gets what, written by hand, over a real server."""

from __future__ import annotations

import hmac
import json
import time
from base64 import urlsafe_b64encode
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import httpx
import jwt
import pytest

from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.api.endpoints import ENDPOINTS, PUBLIC
from agents.contract import GROUPS, ROUTE_SCOPES, ROUTES, SCOPES
from tests.agents.api.fed import soon

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUESTION: Final = {"question": "How many units were sold per warehouse in the last 30 days?"}
CONTENT: Final = {"content": {}, "message": "m"}
KEY: Final = {"name": "walk", "groups": ["viewer"], "scopes": ["config"]}
# What each request is, and the record it leaves: action and resource.
REQUESTS: Final[dict[str, tuple[str, str, Any, str, str]]] = {
    "ask": ("POST", "/v1/ask", QUESTION, "ask", "agent/sql"),
    "read": ("GET", "/v1/configs/agent/inventory", None, "config:read", "agent/inventory"),
    "read policy": ("GET", "/v1/configs/access/policy", None, "config:read", "access/policy"),
    "read key": ("GET", "/v1/configs/key/other", None, "config:read", "key/other"),
    "write": ("PUT", "/v1/configs/agent/inventory", CONTENT, "config:write", "agent/inventory"),
    "write policy": ("PUT", "/v1/configs/access/policy", CONTENT, "config:write", "access/policy"),
    "write key": ("PUT", "/v1/configs/key/other", CONTENT, "config:write", "key/other"),
    "list": ("GET", "/v1/configs", None, "config:read", "configs"),
    "write several": ("POST", "/v1/configs", {"items": [], "message": "m"}, "config:read", "configs"),
    "patch": ("PATCH", "/v1/configs/agent/inventory", {}, "config:write", "agent/inventory"),
    "effective": ("GET", "/v1/configs/agent/inventory/effective", None, "config:read", "agent/inventory"),
    "explain value": (
        "GET", "/v1/configs/agent/inventory/explain?pointer=/title", None, "config:read", "agent/inventory",
    ),
    "history": ("GET", "/v1/configs/agent/inventory/history", None, "config:read", "agent/inventory"),
    "version": ("GET", "/v1/configs/agent/inventory/versions/1", None, "config:read", "agent/inventory"),
    "validate": ("POST", "/v1/configs/agent/inventory/validate", CONTENT, "config:read", "agent/inventory"),
    "roll back": ("POST", "/v1/configs/agent/inventory/rollback", {"to": 1}, "config:write", "agent/inventory"),
    "labels": ("GET", "/v1/labels/agent/inventory", None, "config:read", "agent/inventory"),
    "label": ("PUT", "/v1/labels/agent/inventory/tried", {"number": 1}, "config:write", "agent/inventory"),
    "compare": ("GET", "/v1/diff/agent/inventory?from=1&to=1", None, "config:read", "agent/inventory"),
    "changes": ("GET", "/v1/changes", None, "config:read", "configs"),
    "instances": ("GET", "/v1/instances", None, "config:read", "configs"),
    "acknowledge": ("POST", "/v1/instances", {}, "config:ack", "instances"),
    "me": ("GET", "/v1/access/me", None, "access:self", "access/me"),
    "explain": (
        "GET", "/v1/access/explain?persona=field_engineer&table=product", None, "access:explain", "access",
    ),
    "matrix": ("GET", "/v1/access/matrix", None, "access:explain", "access"),
    "keys": ("GET", "/v1/access/keys", None, "access:keys", "key"),
    "make key": ("POST", "/v1/access/keys", {**KEY, "days": -1}, "access:keys", "key"),
    "rotate key": ("POST", "/v1/access/keys/nowhere/rotate", {}, "access:keys", "key/nowhere"),
    "end key": ("DELETE", "/v1/access/keys/nowhere", None, "access:keys", "key/nowhere"),
    "audit": ("GET", "/v1/audit", None, "audit:read", "audit"),
    "anchors": ("GET", "/v1/audit/anchors", None, "audit:read", "audit"),
}  # fmt: skip
# What those get who may: 428 and 4xx come from the route itself, so that a request changes nothing.
ALLOWED: Final = {
    "ask": 200, "read": 200, "read policy": 200, "read key": 404, "write": 428, "write policy": 428, "write key": 428,
    "me": 200, "explain": 200, "matrix": 200, "keys": 200, "make key": 400, "rotate key": 404, "end key": 404,
    "audit": 200, "anchors": 200, "list": 200, "write several": 400, "patch": 428, "effective": 200,
    "explain value": 200, "history": 200, "version": 200, "validate": 200, "roll back": 428, "labels": 200,
    "label": 428, "compare": 200, "changes": 200, "instances": 200, "acknowledge": 400,
}  # fmt: skip
# Who reads agents' documents does all of these; several at once are decided on one by one.
READ: Final = frozenset({
    "read", "list", "write several", "effective", "explain value", "history", "version", "validate", "labels",
    "compare", "changes", "instances",
})  # fmt: skip
WRITE: Final = frozenset({"write", "patch", "roll back", "label", "acknowledge"})
# What a fleet reads at each publish is written down soon after, when it was allowed.
FOLLOWED: Final = frozenset({"effective"})
# Who may what; all else is 403. Nobody reads or writes the documents that hold keys.
MAY: Final = {
    "warehouse_manager": {"ask", "me"},
    "field_engineer": {"ask", "me"},
    "procurement_specialist": {"ask", "me"},  # no sales are theirs: that is the tool's to say, in its answer
    "viewer": {"me", *READ},
    "operator": {"me", *READ, *WRITE},
    "operator-lead": {"me", *READ, *WRITE},
    "access-admin": {
        "me", *READ, "read policy", "write policy", "explain", "matrix", "keys", "make key", "rotate key", "end key",
    },
    "auditor": {"me", *READ, "read policy", "explain", "matrix", "audit", "anchors"},
    "operator and auditor": {"me", *READ, "read policy", *WRITE, "explain", "matrix", "audit", "anchors"},
    "manager and operator": {"ask", "me", *READ, *WRITE},
    "no group": {"me"},
    "groups like ours": {"me"},
    "machine of no group": {"me"},
    "machine to ask": {"ask"},
    "machine to follow": {*READ, "acknowledge"},
    "machine for config": {*READ, "read policy", *WRITE},
    "machine for access": {"me", "explain", "matrix"},
    "machine for audit": {"audit", "anchors"},
    "machine for all": {
        "ask", "me", *READ, "read policy", *WRITE, "explain", "matrix", "audit", "anchors",
    },
}  # fmt: skip
GROUPS_OF: Final = {
    **{name: (name,) for name in GROUPS},
    "operator and auditor": ("operator", "auditor"),
    "manager and operator": ("warehouse_manager", "operator"),
    "no group": (),
    "groups like ours": (
        "Operator", "operator ", "[operator]", "operator auditor", "operator,auditor", "access_admin", "machine", "*",
    ),
}  # fmt: skip
# Machines hold what they can hold, `access-admin` not being among it; the scopes narrow that.
MACHINE_GROUPS: Final = ["warehouse_manager", "operator", "auditor"]
VIEWING: Final = {"machine of no group", "machine to follow"}  # and these are viewers
SCOPES_OF: Final = {
    "machine of no group": ["access"],
    "machine to ask": ["ask"],
    "machine to follow": ["config"],
    "machine for config": ["config"],
    "machine for access": ["access"],
    "machine for audit": ["audit"],
    "machine for all": ["ask", "config", "access", "audit"],
}
NOBODY: Final = (
    "nobody", "another issuer's key", "another issuer", "another client", "an ID token", "expired", "not yet",
    "unsigned", "signed with the public key", "another tenant's key", "not Bearer", "rubbish",
)  # fmt: skip


@pytest.fixture(scope="module")
def made_keys(client: httpx.Client, token: Callable[[str], str]) -> dict[str, str]:
    admin = {"Authorization": f"Bearer {token('access-admin')}"}
    made = {}
    for name, scopes in SCOPES_OF.items():
        groups = ["viewer"] if name in VIEWING else MACHINE_GROUPS
        body = {"name": name.replace(" ", "-"), "groups": groups, "scopes": scopes}
        made[name] = client.post("/v1/access/keys", json=body, headers=admin).raise_for_status().json()["key"]
    return made


@pytest.fixture(scope="module")
def forge(home: Path, url: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str | None]:
    """What those send who are nobody to this server, each as an auditor and operator would if it were genuine."""
    pem = (home / "issuer.pem").read_bytes()
    now = int(time.time())
    good = {
        "iss": ISSUER, "client_id": AUDIENCE, "token_use": "access", "sub": "mallory", "username": "mallory",
        "cognito:groups": ["warehouse_manager", "operator", "access-admin", "auditor"], "iat": now, "exp": now + 3600,
    }  # fmt: skip

    def signed(key: bytes | None = pem, algorithm: str = "RS256", **claims: object) -> str:
        return "Bearer " + jwt.encode(good | claims, key, algorithm=algorithm, headers={"kid": "local"})

    other = LocalIssuer(tmp_path_factory.mktemp("other") / "issuer.pem", clock=time.time)
    public = json.dumps(LocalIssuer(home / "issuer.pem", clock=time.time).fetch()[0]).encode()
    # By hand: the library refuses to sign like this.
    confused = jwt.encode(good, "x" * 32, algorithm="HS256", headers={"kid": "local"}).rpartition(".")[0]
    mac = urlsafe_b64encode(hmac.digest(public, confused.encode(), "sha256")).rstrip(b"=").decode()
    headers = {
        "nobody": None,
        "another issuer's key": "Bearer " + other.token("mallory", ["operator", "auditor"]),
        "another issuer": signed(iss="https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_other"),
        "another client": signed(client_id="the-client-of-another-tenant"),
        "an ID token": signed(token_use="id", aud=AUDIENCE),
        "expired": signed(iat=now - 7200, exp=now - 3600),
        "not yet": signed(nbf=now + 3600),
        "unsigned": signed(None, "none"),
        "signed with the public key": f"Bearer {confused}.{mac}",
        "another tenant's key": "Bearer qmk_walk_" + "0" * 64,
        "not Bearer": "Basic b2xnYTpvbGdh",
        "rubbish": "Bearer x.y.z",
    }
    return headers.__getitem__


@pytest.fixture(scope="module")
def address() -> Callable[[], str]:
    """Addresses of this machine, each new: who guesses is locked out by address, and these guess a lot."""
    numbers = count(2)

    def new() -> str:
        number = next(numbers)
        return f"127.0.{number // 200}.{number % 200 + 2}"

    return new


def walk(url: str, authorization: str | None, address: Callable[[], str], prefix: str) -> dict[str, httpx.Response]:
    """Every request once, each with an id of its own; from an address for a few, as who guesses is soon locked out."""
    answers = {}
    names = list(REQUESTS)
    for start in range(0, len(names), 10):
        transport = httpx.HTTPTransport(local_address=address())
        with httpx.Client(base_url=url, timeout=30, transport=transport) as http:
            for name in names[start : start + 10]:
                method, path, body, _, _ = REQUESTS[name]
                headers = {"X-Request-Id": f"{prefix}.{name.replace(' ', '-')}"}
                if authorization is not None:
                    headers["Authorization"] = authorization
                answers[name] = http.request(method, path, json=body, headers=headers)
    return answers


@pytest.mark.parametrize("who", MAY)
def test_everybody_gets_what_the_table_says(
    who: str,
    url: str,
    issue: Callable[..., str],
    made_keys: dict[str, str],
    records: Callable[..., list[dict[str, Any]]],
    address: Callable[[], str],
) -> None:
    """The status, and one record of the decision with the request's id, the one who asked and what was asked for."""
    subject = "wanda" if "manager" in who else who.replace(" ", "-")
    token = made_keys.get(who) or issue(subject, GROUPS_OF[who])
    prefix = f"walk.{who.replace(' ', '-')}"
    answers = walk(url, f"Bearer {token}", address, prefix)
    wanted = {name: ALLOWED[name] if name in MAY[who] else 403 for name in REQUESTS}
    assert {name: answer.status_code for name, answer in answers.items()} == wanted
    for name, answer in answers.items():
        if name in FOLLOWED & MAY[who]:
            found = _soon_recorded(records, answer.headers["x-request-id"])
        else:
            found = records(answer.headers["x-request-id"])
        assert answer.headers["x-client-request-id"] == f"{prefix}.{name.replace(' ', '-')}"
        first, rest = found[0], found[1:]
        assert first["allowed"] is (name in MAY[who]), name
        assert first["action"] == REQUESTS[name][3], name
        assert first["resource"] in {REQUESTS[name][4], "agent/?"}, name  # where nobody's agent was looked for
        assert first["subject"] == (f"machine-{who.replace(' ', '-')}" if who in SCOPES_OF else subject)
        below = ["ask:tool", "ask:query"] if name == "ask" and first["allowed"] else []
        assert [record["action"] for record in rest] == below, name
        if wanted[name] == 403:
            assert len(found) == 1, name
            assert answer.json()["code"] == "forbidden"


def _soon_recorded(records: Callable[..., list[dict[str, Any]]], request_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []

    def look() -> bool:
        found[:] = [record for record in records() if record["detail"].get("request_id") == request_id]
        return bool(found)

    soon(look, "it was not written down")
    return found


@pytest.mark.parametrize("who", NOBODY)
def test_who_is_nobody_gets_nothing(
    who: str,
    url: str,
    forge: Callable[[str], str | None],
    records: Callable[..., list[dict[str, Any]]],
    address: Callable[[], str],
) -> None:
    """401 everywhere, all alike, and one record each; no claim of a token that proves nothing is believed."""
    answers = walk(url, forge(who), address, f"nobody.{NOBODY.index(who)}")
    assert {answer.status_code for answer in answers.values()} == {401}
    assert len({answer.text for answer in answers.values()}) == 1
    for answer in answers.values():
        (record,) = records(answer.headers["x-request-id"])
        assert (record["action"], record["allowed"], record["rule"]) == ("sign_in", False, "unauthenticated")
        assert record["subject"] == ""


def test_who_guesses_is_locked_out_and_others_are_not(
    url: str, address: Callable[[], str], token: Callable[[str], str], records: Callable[..., list[dict[str, Any]]]
) -> None:
    """After some wrong tokens an address waits; whose token was found good before still passes."""
    good = {"Authorization": f"Bearer {token('viewer')}"}
    with httpx.Client(base_url=url, timeout=30, transport=httpx.HTTPTransport(local_address=address())) as http:
        assert http.get("/v1/access/me", headers=good).status_code == 200
        wrong = {"Authorization": "Bearer x.y.z"}
        found = [http.get("/v1/access/me", headers=wrong) for _ in range(30)]
        assert [answer.status_code for answer in found] == sorted(answer.status_code for answer in found)
        assert (found[0].status_code, found[-1].status_code) == (401, 429)
        assert found[-1].json()["code"] == "limited"
        assert int(found[-1].headers["retry-after"]) > 0
        assert http.get("/v1/access/me", headers=good).status_code == 200
        # A flood does not fill the record: the first of a row of refusals is written down.
        limited = [answer.headers["x-request-id"] for answer in found if answer.status_code == 429]
        assert [len(records(request_id)) for request_id in limited] == [1, *[0] * (len(limited) - 1)]
    with httpx.Client(base_url=url, timeout=30, transport=httpx.HTTPTransport(local_address=address())) as http:
        assert http.get("/v1/access/me", headers=wrong).status_code == 401


def test_every_endpoint_is_in_the_table_and_served(client: httpx.Client) -> None:
    """The contract's routes, the guard's and those of the description are the same, and each was walked."""
    paths = client.get("/openapi.json").json()["paths"]
    served = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert served == set(ENDPOINTS) == set(ROUTES)
    assert {path for _, path in PUBLIC} == {"/healthz", "/readyz", "/openapi.json", "/metrics"}
    assert all(client.request(verb, path).status_code == 200 for verb, path in PUBLIC)
    walked = {(method, path.partition("?")[0]) for method, path, *_ in REQUESTS.values()}
    for verb, path in ENDPOINTS:
        shape = path.split("/")
        assert any(
            verb == method and len(shape) == len(parts := asked.split("/"))
            and all(part == want or want.startswith("{") for part, want in zip(parts, shape, strict=True))
            for method, asked in walked
        ), (verb, path)  # fmt: skip


def test_an_endpoints_action_is_of_its_scope() -> None:
    """What a token is for at the gateway in front and what a key is for here are the same word."""
    assert {route: endpoint.action.scope for route, endpoint in ENDPOINTS.items()} == ROUTE_SCOPES
    assert set(ROUTE_SCOPES.values()) == set(SCOPES)
