"""Every route with what it does to what: the table that the guard decides by. What is not in it is not served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.routing import compile_path

from agents.access.roles import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.contract import Route


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """`action` is what its caller must be allowed to do, `resource` a template over the parameters of its path.

    `followed`: whoever follows asks for it after each change. That it was allowed is written down soon, not before the
    answer leaves; its route decides nothing more.
    """

    action: Action
    resource: str
    kind: str = ""  # of the documents that it is about, where the path does not say
    followed: bool = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a request asks for. `kind` is that of a document, empty where the path names none."""

    action: Action
    resource: str
    kind: str
    followed: bool = False


_READ_CONFIG: Final = Endpoint(action=Action.READ_CONFIG, resource="{kind}/{name}")
_WRITE_CONFIG: Final = Endpoint(action=Action.WRITE_CONFIG, resource="{kind}/{name}")
# What is about documents of several kinds shows or takes those that the caller may read or write, and no others.
_LIST_CONFIG: Final = Endpoint(action=Action.READ_CONFIG, resource="configs", kind="agent")
_EXPLAIN: Final = Endpoint(action=Action.EXPLAIN, resource="access")
_KEYS: Final = Endpoint(action=Action.MANAGE_KEYS, resource="key")
_KEY: Final = Endpoint(action=Action.MANAGE_KEYS, resource="key/{name}")

ENDPOINTS: Final[Mapping[Route, Endpoint]] = {
    ("POST", "/v1/ask"): Endpoint(action=Action.ASK, resource="agent"),  # which agent and persona says the body
    ("GET", "/v1/configs"): _LIST_CONFIG,
    # Each of its documents is decided on by itself, before any is written.
    ("POST", "/v1/configs"): _LIST_CONFIG,
    ("GET", "/v1/configs/{kind}/{name}"): _READ_CONFIG,
    ("PUT", "/v1/configs/{kind}/{name}"): _WRITE_CONFIG,
    ("PATCH", "/v1/configs/{kind}/{name}"): _WRITE_CONFIG,
    ("GET", "/v1/configs/{kind}/{name}/effective"): Endpoint(
        action=Action.READ_CONFIG, resource="{kind}/{name}", followed=True
    ),
    ("GET", "/v1/configs/{kind}/{name}/explain"): _READ_CONFIG,
    ("GET", "/v1/configs/{kind}/{name}/history"): _READ_CONFIG,
    ("GET", "/v1/configs/{kind}/{name}/versions/{number}"): _READ_CONFIG,
    ("POST", "/v1/configs/{kind}/{name}/validate"): _READ_CONFIG,
    ("POST", "/v1/configs/{kind}/{name}/rollback"): _WRITE_CONFIG,
    ("GET", "/v1/labels/{kind}/{name}"): _READ_CONFIG,
    # Of a protected label the route decides once more.
    ("PUT", "/v1/labels/{kind}/{name}/{label}"): _WRITE_CONFIG,
    ("GET", "/v1/diff/{kind}/{name}"): _READ_CONFIG,
    ("GET", "/v1/changes"): _LIST_CONFIG,
    ("GET", "/v1/instances"): _LIST_CONFIG,
    ("POST", "/v1/instances"): Endpoint(action=Action.ACK, resource="instances", kind="agent"),
    ("GET", "/v1/access/me"): Endpoint(action=Action.SEE_SELF, resource="access/me"),
    ("GET", "/v1/access/explain"): _EXPLAIN,
    ("GET", "/v1/access/matrix"): _EXPLAIN,
    ("GET", "/v1/access/keys"): _KEYS,
    ("POST", "/v1/access/keys"): _KEYS,
    ("POST", "/v1/access/keys/{name}/rotate"): _KEY,
    ("DELETE", "/v1/access/keys/{name}"): _KEY,
    ("GET", "/v1/audit"): Endpoint(action=Action.READ_AUDIT, resource="audit"),
    ("GET", "/v1/audit/anchors"): Endpoint(action=Action.READ_AUDIT, resource="audit"),
}
# Open to everybody who reaches the server: they say nothing of anybody.
PUBLIC: Final[frozenset[Route]] = frozenset(
    ("GET", path) for path in ("/healthz", "/readyz", "/openapi.json", "/metrics")
)
# The router's own reading of a path, so that guard and router never differ on what a request asks for.
_PATTERNS: Final = tuple((verb, compile_path(path)[0], at) for (verb, path), at in ENDPOINTS.items())


def find(verb: str, path: str) -> Found | None:
    """The endpoint of a request with its parameters filled in; None when there is none."""
    for own, pattern, endpoint in _PATTERNS:
        if own == verb and (match := pattern.match(path)):
            parts = match.groupdict()
            return Found(
                action=endpoint.action,
                resource=endpoint.resource.format(**parts),
                kind=parts.get("kind", endpoint.kind),
                followed=endpoint.followed,
            )
    return None


def verbs(path: str) -> tuple[str, ...]:
    """The verbs that a path answers to, empty when there is no such path."""
    found = {verb for verb, pattern, _ in _PATTERNS if pattern.match(path)} | {
        verb for verb, public in PUBLIC if public == path
    }
    return tuple(sorted(found | ({"HEAD"} if "GET" in found else set())))
