"""`/v1/configs/{kind}/{name}`: the layers of a document, read and published while agents run."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from agents.api.errors import problem_response
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.configuration.documents import Draft
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from agents.configuration.documents import Version
    from agents.configuration.publish import Publisher


class PublishRequest(BaseModel):
    """The whole content of a layer, and why it changes."""

    model_config = ConfigDict(extra="forbid")

    content: dict[str, JsonValue]
    message: Annotated[str, Field(min_length=1, max_length=1_000)]


def config_routes(publisher: Publisher) -> APIRouter:
    """The routes of configuration documents; who may use them depends on the document's kind (`access.roles`)."""
    router = APIRouter(tags=["configuration"])

    @router.get("/v1/configs/{kind}/{name}", summary="Read a layer of a document")
    def read(
        kind: str,
        name: str,
        layer: Annotated[str, Query()] = "base",
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        version = publisher.head(f"{kind}/{name}", layer)
        if version is None:
            raise NotFoundError(f"{kind}/{name} has no layer {layer!r}", fix="Publish one with If-None-Match: *.")
        if if_none_match == _etag(version):
            return Response(status_code=304, headers={"ETag": _etag(version)})
        return _response(version, 200)

    @router.put("/v1/configs/{kind}/{name}", summary="Publish a new version of a layer", status_code=201)
    def publish(  # noqa: PLR0913, PLR0917 - a parameter a header
        kind: str,
        name: str,
        body: PublishRequest,
        identity: Identified,
        layer: Annotated[str, Query()] = "base",
        if_match: Annotated[str | None, Header()] = None,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        if if_match is None and if_none_match != "*":
            missing = InvalidError(
                "a publish says which version it was made from",
                fix="Send If-Match with the ETag you read, or If-None-Match: * for the first version.",
            )
            return problem_response(missing, status=428)
        draft = Draft(
            key=f"{kind}/{name}",
            layer=layer,
            content=body.content,
            author=identity.claims.subject,
            message=body.message,
            expected=0 if if_match is None else _number(if_match),
        )
        return _response(publisher.publish(draft), 201)

    return router


def _etag(version: Version) -> str:
    return f'"{version.number}"'


def _number(etag: str) -> int:
    match = re.fullmatch(r'"(\d{1,9})"', etag)
    if match is None:
        raise InvalidError("If-Match is not an ETag of a version", fix='Send it as you got it, like "3".')
    return int(match[1])


def _response(version: Version, status: int) -> Response:
    body = {
        "key": version.key,
        "layer": version.layer,
        "number": version.number,
        "digest": version.digest,
        "parent": version.parent,
        "author": version.author,
        "message": version.message,
        "created_at": version.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "content": version.content,
    }
    return Response(json.dumps(body), status, {"ETag": _etag(version)}, media_type="application/json")
