"""`/v1/labels`: words that name a version of a document, moved by compare-and-set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response  # noqa: TC002 - read at run time
from pydantic import BaseModel, ConfigDict, Field

from agents.api.configs_bulk import may_write
from agents.api.configs_http import (
    Accept,
    Body,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    Kind,
    Layer,
    Name,
    answer,
    expected,
    gives,
    once,
    takes,
    unchanged,
)
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.configuration.documents import LabelMove, check_move, digest

if TYPE_CHECKING:
    from agents.access.decisions import Decisions
    from agents.configuration.publish import Publisher
    from agents.json_value import Json

_LABELS: Final = {
    "key": "agent/inventory", "layer": "base", "labels": {"stable": 3, "tried": 4}, "protected": ["live", "stable"],
}  # fmt: skip
_MOVED: Final = {"key": "agent/inventory", "layer": "base", "label": "tried", "number": 4}


class MoveRequest(BaseModel):
    """The number that the label names from now on; 0 takes the label away."""

    model_config = ConfigDict(extra="forbid")

    number: Annotated[int, Field(ge=0, le=10**9)]


def label_routes(publisher: Publisher, decisions: Decisions | None) -> APIRouter:
    """The routes of labels. A protected one needs what `Action.LABEL_CONFIG` needs."""
    router = APIRouter(tags=["configuration"])

    @router.get(
        "/v1/labels/{kind}/{name}", summary="List the labels of a layer", responses=gives(200, _LABELS, what="Labels")
    )
    def listed(
        kind: Kind, name: Name, layer: Layer = "base", if_none_match: IfNoneMatch = None, accept: Accept = None
    ) -> Response:
        key = f"{kind}/{name}"
        labels: dict[str, Json] = {**publisher.labels(key, layer)}
        etag = f'"{digest(labels)}"'
        body: dict[str, Json] = {
            "key": key,
            "layer": layer,
            "labels": labels,
            "protected": [*sorted(publisher.protected)],
        }
        return unchanged(etag, if_none_match) or answer(body, etag=etag, accept=accept)

    @router.put(
        "/v1/labels/{kind}/{name}/{label}", summary="Move a label, or take it away",
        openapi_extra=takes(MoveRequest, {"number": 4}), responses=gives(200, _MOVED, what="Where it is now"),
    )  # fmt: skip
    def move(  # noqa: PLR0913, PLR0917 - a parameter a header
        kind: Kind,
        name: Name,
        label: Annotated[str, Path(json_schema_extra={"pattern": "^[a-z][a-z0-9-]{0,63}$"})],
        sent: Body,
        identity: Identified,
        layer: Layer = "base",
        if_match: IfMatch = None,
        if_none_match: IfNoneMatch = None,
        idempotency_key: IdempotencyKey = None,
        accept: Accept = None,
    ) -> Response:
        """If-Match is the number that it names now, in quotes; If-None-Match: * when it names none."""
        number = expected(if_match, if_none_match)
        wanted = LabelMove(
            key=f"{kind}/{name}",
            layer=layer,
            label=label,
            number=sent.read(MoveRequest).number,
            expected=number,
            author=identity.claims.subject,
        )
        check_move(wanted)
        if label in publisher.protected:
            may_write(identity.operator(), wanted.key, label, publisher, decisions)
        publisher.label(wanted, idempotency_key=once(identity, idempotency_key))
        body: dict[str, Json] = {"key": wanted.key, "layer": layer, "label": label, "number": wanted.number}
        return answer(body, etag=f'"{wanted.number}"' if wanted.number else "", accept=accept)

    return router
