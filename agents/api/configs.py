"""`/v1/configs/{kind}/{name}`: the layers of a document, published, patched and rolled back while agents run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response  # noqa: TC002 - read at run time
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from agents.api.configs_bulk import bulk_routes
from agents.api.configs_http import (
    Accept,
    Body,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    Kind,
    Layer,
    Name,
    about,
    answer,
    etag_of,
    expected,
    gives,
    located,
    once,
    takes,
    told,
)
from agents.api.configs_read import read_routes
from agents.api.diff import diff_routes
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.api.labels import label_routes
from agents.api.large_bodies import read_large
from agents.configuration.documents import Draft
from agents.configuration.problems import errors
from agents.configuration.publish import Wish

if TYPE_CHECKING:
    from agents.access.decisions import Decisions
    from agents.access.sign_in import Identity
    from agents.configuration.publish import PatchForm, Published, Publisher

MAX_MESSAGE: Final = 1_000
Message = Annotated[str, Field(min_length=1, max_length=MAX_MESSAGE)]
EXAMPLE: Final = {"content": {"limits": {"turns": 6}}, "message": "Two turns more"}
VERSION: Final = {
    "key": "agent/inventory", "layer": "env:dev", "number": 3, "digest": "sha256:9f86d081...",
    "parent": "sha256:2c26b46b...", "author": "olga", "message": "Two turns more",
    "created_at": "2026-06-30T12:00:00.000Z",
    "content": {"limits": {"turns": 6}},
}  # fmt: skip
PUBLISHED: Final = {**VERSION, "warnings": []}


class PublishRequest(BaseModel):
    """The whole content of a layer, and why it changes."""

    model_config = ConfigDict(extra="forbid")

    content: dict[str, JsonValue]
    message: Message

    def draft(self, key: str, layer: str, identity: Identity, *, expected: int) -> Draft:
        """What the request wants to be the next version."""
        return Draft(
            key=key,
            layer=layer,
            content=self.content,
            author=identity.claims.subject,
            message=self.message,
            expected=expected,
        )


class RollbackRequest(BaseModel):
    """The version to return to: a number, a label, a time, or `previous`."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[int, Field(ge=1, le=10**9 - 1)] | Annotated[str, Field(min_length=1, max_length=64)]
    message: Annotated[str, Field(max_length=MAX_MESSAGE)] = ""


def config_routes(publisher: Publisher, decisions: Decisions | None = None) -> APIRouter:
    """The routes of configuration documents; who may use them depends on the document's kind (`access.roles`).

    `decisions` takes what is decided within a request: on each document of several, and on a protected label.
    Without it those are refused.
    """
    router = APIRouter()
    for part in (
        read_routes(publisher),
        _write_routes(publisher),
        bulk_routes(publisher, decisions),
        label_routes(publisher, decisions),
        diff_routes(publisher),
    ):
        router.include_router(part)
    return router


def _write_routes(publisher: Publisher) -> APIRouter:
    router = APIRouter(tags=["configuration"])
    path = "/v1/configs/{kind}/{name}"

    @router.put(
        path, summary="Publish a new version of a layer", status_code=201,
        openapi_extra=takes(PublishRequest, EXAMPLE), responses=gives(201, PUBLISHED, what="The new version"),
    )  # fmt: skip
    def publish(  # noqa: PLR0913, PLR0917 - a parameter a header
        kind: Kind,
        name: Name,
        sent: Body,
        identity: Identified,
        layer: Layer = "base",
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
        idempotency_key: IdempotencyKey = None,
        accept: Accept = None,
    ) -> Response:
        number = expected(if_match, if_none_match)
        draft = read_large(sent, PublishRequest).draft(f"{kind}/{name}", layer, identity, expected=number)
        return _published(publisher.publish_many([draft], idempotency_key=once(identity, idempotency_key)), accept)

    @router.patch(
        path, summary="Publish the version that If-Match names with a JSON Patch or merge patch applied",
        status_code=201, openapi_extra=_PATCH_BODY, responses=gives(201, PUBLISHED, what="The new version"),
    )  # fmt: skip
    def patch(  # noqa: PLR0913, PLR0917 - a parameter a header
        kind: Kind,
        name: Name,
        sent: Body,
        identity: Identified,
        layer: Layer = "base",
        message: Annotated[str, Query(max_length=MAX_MESSAGE, description="Why it changes.")] = "",
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
        idempotency_key: IdempotencyKey = None,
        accept: Accept = None,
    ) -> Response:
        number = expected(if_match, if_none_match)
        form, operations = sent.read_patch()
        wish = Wish(
            key=f"{kind}/{name}",
            layer=layer,
            author=identity.claims.subject,
            message=message or "Patch",
            expected=number,
        )
        asked: PatchForm = "json" if form == "json" else "merge"
        done = publisher.patch(wish, operations, form=asked, idempotency_key=once(identity, idempotency_key))
        return _published(done, accept)

    @router.post(
        f"{path}/validate", summary="Say everything that is wrong with a draft, and publish nothing",
        openapi_extra=takes(PublishRequest, EXAMPLE), responses=gives(200, _VALIDATED, what="What was found"),
    )  # fmt: skip
    def validate(  # noqa: PLR0913, PLR0917 - a parameter a header
        kind: Kind, name: Name, sent: Body, identity: Identified, layer: Layer = "base", accept: Accept = None
    ) -> Response:
        draft = read_large(sent, PublishRequest).draft(f"{kind}/{name}", layer, identity, expected=0)
        found = publisher.validate(draft)
        return answer({"valid": not errors(found), "problems": told(found)}, accept=accept)

    @router.post(
        f"{path}/rollback", summary="Publish an old version's content again", status_code=201,
        openapi_extra=takes(RollbackRequest, {"to": "previous", "message": "The new prompt gives wrong units"}),
        responses=gives(201, PUBLISHED, what="The new version"),
    )  # fmt: skip
    def rollback(  # noqa: PLR0913, PLR0917 - a parameter a header
        kind: Kind,
        name: Name,
        sent: Body,
        identity: Identified,
        layer: Layer = "base",
        if_match: IfMatch = None,
        idempotency_key: IdempotencyKey = None,
        accept: Accept = None,
    ) -> Response:
        """`If-Match: *` rolls back whatever is there, for when there is no time to read it first."""
        whatever = if_match is not None and if_match.strip() == "*"
        body = sent.read(RollbackRequest)
        wish = Wish(
            key=f"{kind}/{name}",
            layer=layer,
            author=identity.claims.subject,
            message=body.message,
            expected=0 if whatever else expected(if_match, None),
        )
        key = once(identity, idempotency_key)
        done = publisher.rollback(wish, to=str(body.to), whatever=whatever, idempotency_key=key)
        return _published(done, accept)

    return router


def _published(done: Published, accept: str | None) -> Response:
    (version,) = done.versions
    body = {**about(version), "content": version.content, "warnings": told(done.warnings)}
    return answer(body, status=201, etag=etag_of(version), accept=accept, location=located(version))


_VALIDATED: Final = {
    "valid": False,
    "problems": [
        {
            "code": "invalid",
            "message": "there is no tool 'query_dat'",
            "pointer": "/tools/0",
            "where": "agent/sql (env:dev)",
            "fix": "Tools: query_data.",
        }
    ],
}
_PATCH_BODY: Final = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json-patch+json": {
                "schema": {"type": "array", "items": {"type": "object"}, "maxItems": 1_000},
                "example": [{"op": "replace", "path": "/limits/turns", "value": 6}],
            },
            "application/merge-patch+json": {
                "schema": {"type": "object"},
                "example": {"limits": {"turns": 6}},
            },
        },
    }
}
