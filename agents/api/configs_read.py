"""`/v1/configs`, read: layers and versions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response  # noqa: TC002 - read at run time

from agents.access.roles import Action, allowing
from agents.api.configs_effective import effective_routes, remembered
from agents.api.configs_http import (
    Accept,
    At,
    IfNoneMatch,
    Kind,
    Layer,
    Name,
    about,
    accepted,
    answer,
    etag_of,
    gives,
    moment,
    unchanged,
)
from agents.api.configs_memory import Memory
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.errors import NotFoundError

if TYPE_CHECKING:
    from agents.configuration.documents import Version
    from agents.configuration.publish import Publisher
    from agents.json_value import Json

MAX_PAGE: Final = 200
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
_ABOUT: Final = {
    "key": "agent/inventory", "layer": "base", "number": 3, "digest": "sha256:9f86d081...",
    "parent": "sha256:2c26b46b...", "author": "olga", "message": "Two turns more",
    "created_at": "2026-06-30T12:00:00.000Z",
}  # fmt: skip


def read_routes(publisher: Publisher) -> APIRouter:
    """The routes that read. What is asked often is remembered until the store's log goes on."""
    router = APIRouter(tags=["configuration"])
    memory = Memory(publisher.store)
    effective_routes(publisher, memory, router)
    path = "/v1/configs/{kind}/{name}"

    @router.get(
        "/v1/configs", summary="List the documents and their newest versions",
        responses=gives(200, {"documents": [_ABOUT], "next": None}, what="Those that you may read"),
    )  # fmt: skip
    def listed(  # noqa: PLR0913, PLR0917 - a parameter a name
        identity: Identified,
        kind: Annotated[str | None, Query(max_length=64, description="Only of this kind.")] = None,
        layer: Annotated[str | None, Query(max_length=80, description="Only of this layer.")] = None,
        after: Annotated[str, Query(max_length=256, description="`next` of the page before.")] = "",
        limit: Limit = 100,
        accept: Accept = None,
    ) -> Response:
        who = identity.operator()
        heads: tuple[dict[str, Any], ...] = memory.get(
            ("list",), lambda: tuple(about(head) for head in publisher.store.heads() if head is not None)
        )
        found = [
            head
            for head in heads
            if _place(head) > after
            and layer in {None, head["layer"]}
            and kind in {None, _kind(head)}
            and allowing(who, Action.READ_CONFIG, _kind(head))
        ]
        found.sort(key=_place)
        page = found[:limit]
        following = _place(page[-1]) if len(found) > limit else None
        return answer({"documents": [*page], "next": following}, accept=accept)

    @router.get(path, summary="Read a layer of a document", responses=gives(200, _ABOUT | {"content": {}}, what="It"))
    def read(  # noqa: PLR0913, PLR0917 - a parameter a name
        kind: Kind,
        name: Name,
        layer: Layer = "base",
        at: At = None,
        if_none_match: IfNoneMatch = None,
        accept: Accept = None,
    ) -> Response:
        key = f"{kind}/{name}"
        if when := moment(at):
            return _version(publisher, publisher.at(key, layer, when), if_none_match, accept)
        if accepted(accept) != "json":
            return _version(publisher, _head(publisher, key, layer), if_none_match, accept)

        def make() -> tuple[str, str]:
            head = _head(publisher, key, layer)
            return etag_of(head), json.dumps({**about(head), "content": publisher.shown(key, head.content)})

        return remembered(memory.get(("layer", key, layer), make), if_none_match)

    @router.get(
        f"{path}/history", summary="List the versions of a layer, newest first",
        responses=gives(200, {"versions": [_ABOUT], "next": 3}, what="A page; `next` is `before` of the next one"),
    )  # fmt: skip
    def history(  # noqa: PLR0913, PLR0917 - a parameter a name
        kind: Kind,
        name: Name,
        layer: Layer = "base",
        before: Annotated[int | None, Query(ge=1, le=10**9, description="`next` of the page before.")] = None,
        limit: Limit = 50,
        accept: Accept = None,
    ) -> Response:
        found = publisher.history(f"{kind}/{name}", layer, before=before, limit=limit + 1)
        page = found[:limit]
        following = page[-1].number if len(found) > limit else None
        return answer({"versions": [about(one) for one in page], "next": following}, accept=accept)

    @router.get(
        f"{path}/versions/{{number}}", summary="Read a version, which never changes",
        responses=gives(200, _ABOUT | {"content": {}}, what="It"),
    )  # fmt: skip
    def version(  # noqa: PLR0913, PLR0917 - a parameter a name
        kind: Kind,
        name: Name,
        number: Annotated[int, Path(ge=1, le=10**9 - 1)],
        layer: Layer = "base",
        if_none_match: IfNoneMatch = None,
        accept: Accept = None,
    ) -> Response:
        found = publisher.find(f"{kind}/{name}", layer, str(number))
        return _version(publisher, found, if_none_match, accept)

    return router


def _head(publisher: Publisher, key: str, layer: str) -> Version:
    head = publisher.head(key, layer)
    if head is None:
        raise NotFoundError(f"{key} has no layer {layer!r}", fix="Publish one with If-None-Match: *.")
    return head


def _version(publisher: Publisher, found: Version, if_none_match: str | None, accept: str | None) -> Response:
    etag = etag_of(found)
    body: dict[str, Json] = {**about(found), "content": publisher.shown(found.key, found.content)}
    return unchanged(etag, if_none_match) or answer(body, etag=etag, accept=accept)


def _kind(head: dict[str, Any]) -> str:
    return str(head["key"]).partition("/")[0]


def _place(head: dict[str, Any]) -> str:
    return f"{head['key']}@{head['layer']}"
