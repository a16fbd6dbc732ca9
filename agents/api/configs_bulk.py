"""`POST /v1/configs`: several documents and labels at once, all or none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter
from fastapi.responses import Response  # noqa: TC002 - read at run time
from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from agents.access.roles import Action, need
from agents.api.configs_http import Accept, Body, IdempotencyKey, about, answer, gives, once, takes, told
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.api.large_bodies import read_large
from agents.configuration.documents import MAX_DRAFTS, Draft, LabelMove, check_address
from agents.errors import ForbiddenError

if TYPE_CHECKING:
    from agents.access.decisions import Decisions
    from agents.access.principal import Principal
    from agents.configuration.publish import Item, Publisher
    from agents.json_value import Json

_EXAMPLE: Final = {
    "message": "Both know the new warehouse",
    "items": [
        {"key": "agent/inventory", "layer": "env:dev", "expected": 2, "content": {"limits": {"turns": 6}}},
        {"key": "agent/sql", "layer": "env:dev", "expected": 0, "content": {"limits": {"turns": 6}}},
        {"key": "agent/sql", "layer": "env:dev", "expected": 0, "label": "tried", "number": 1},
    ],
}
_ANSWER: Final = {
    "items": [
        {"key": "agent/inventory", "layer": "env:dev", "number": 3, "digest": "sha256:9f86d081..."},
        {"key": "agent/sql", "layer": "env:dev", "number": 1, "digest": "sha256:9f86d081..."},
        {"key": "agent/sql", "layer": "env:dev", "label": "tried", "number": 1},
    ],
    "warnings": [],
}


class BulkItem(BaseModel):
    """A draft with its `content`, or a move of `label` to `number`; `expected` is what it was made from, 0 for none."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(max_length=129)]
    layer: Annotated[str, Field(max_length=80)] = "base"
    expected: Annotated[int, Field(ge=0, le=10**9)]
    content: dict[str, JsonValue] | None = None
    message: Annotated[str, Field(max_length=1_000)] = ""
    label: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    number: Annotated[int, Field(ge=0, le=10**9)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> BulkItem:
        if (self.content is None) == (self.label is None) or (self.label is None) != (self.number is None):
            raise ValueError("an item has content, or label and number")
        return self


class BulkRequest(BaseModel):
    """Up to 25 items; `message` is for those that have none."""

    model_config = ConfigDict(extra="forbid")

    items: Annotated[list[BulkItem], Field(min_length=1, max_length=MAX_DRAFTS)]
    message: Annotated[str, Field(min_length=1, max_length=1_000)]


def bulk_routes(publisher: Publisher, decisions: Decisions | None) -> APIRouter:
    """The route of several documents at once: each is decided on by itself, before any is written."""
    router = APIRouter(tags=["configuration"])

    @router.post(
        "/v1/configs", summary="Publish documents and move labels, all or none", status_code=201,
        openapi_extra=takes(BulkRequest, _EXAMPLE), responses=gives(201, _ANSWER, what="All were stored"),
    )  # fmt: skip
    def bulk(
        sent: Body, identity: Identified, idempotency_key: IdempotencyKey = None, accept: Accept = None
    ) -> Response:
        body = read_large(sent, BulkRequest)
        who = identity.operator()
        for item in body.items:
            check_address(item.key, item.layer)
        for item in body.items:
            may_write(who, item.key, item.label or "", publisher, decisions)
        items = [_item(item, who.subject, body.message) for item in body.items]
        done = publisher.publish_many(items, idempotency_key=once(identity, idempotency_key))
        versions = iter(done.versions)
        stored: list[Json] = [
            about(next(versions))
            if isinstance(item, Draft)
            else {"key": item.key, "layer": item.layer, "label": item.label, "number": item.number}
            for item in items
        ]
        return answer({"items": stored, "warnings": told(done.warnings)}, status=201, accept=accept)

    return router


def may_write(who: Principal, key: str, label: str, publisher: Publisher, decisions: Decisions | None) -> None:
    """Decides whether somebody may publish a document, or move a label of it; raises ForbiddenError."""
    if decisions is None:
        raise ForbiddenError("this server does not write down decisions, so it cannot allow this")
    action = Action.LABEL_CONFIG if label in publisher.protected else Action.WRITE_CONFIG
    need(who, action, f"{key}#{label}" if label else key, decisions, kind=key.partition("/")[0])


def _item(item: BulkItem, author: str, message: str) -> Item:
    if item.content is not None:
        return Draft(
            key=item.key,
            layer=item.layer,
            content=item.content,
            author=author,
            message=item.message or message,
            expected=item.expected,
        )
    return LabelMove(
        key=item.key,
        layer=item.layer,
        label=item.label or "",
        number=item.number or 0,
        expected=item.expected,
        author=author,
    )
