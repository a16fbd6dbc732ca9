"""`/v1/instances`: which configuration each instance should run, and which it does."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agents.configuration.instances import Ack
from agents.configuration.ledger import SEEN_S
from agents.configuration.ledger_json import as_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.configuration.applied import AppliedStates

MAX_ACKS: Final = 100
_DAY_S: Final = 86_400

_Digest: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64})?$")]
_Key: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$")]
_Address: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}@[a-z0-9:-]{1,73}$")]


class AckRequest(BaseModel):
    """What an instance runs of a document: see `Ack`. `at` is when it was put in force."""

    model_config = ConfigDict(extra="forbid")

    instance: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
    key: _Key
    digest: _Digest
    versions: Annotated[dict[_Address, Annotated[int, Field(ge=1, lt=2**32)]], Field(max_length=8)]
    cursor: Annotated[str, StringConstraints(max_length=64)]
    status: Literal["applied", "rejected", "draining"]
    at: datetime
    running: _Digest = ""
    reason: Annotated[str, StringConstraints(max_length=2_000)] = ""


class AcksRequest(BaseModel):
    """What instances say, several at once."""

    model_config = ConfigDict(extra="forbid")

    acks: Annotated[list[AckRequest], Field(min_length=1, max_length=MAX_ACKS)]


def instance_routes(states: AppliedStates, *, now: Callable[[], datetime]) -> APIRouter:
    """The routes of the applied-state ledger. `now` is in UTC: an instance was seen when we heard of it."""
    router = APIRouter(tags=["configuration"])

    @router.get("/v1/instances", summary="Read what each instance should run, and what it does")
    def show(
        key: Annotated[list[_Key] | None, Query(max_length=25, description="Only these documents.")] = None,
        seen_s: Annotated[float, Query(gt=0, le=_DAY_S, description="Not seen for longer is stale.")] = SEEN_S,
    ) -> Response:
        return Response(json.dumps(as_json(states.report(key or (), seen_s=seen_s))), media_type="application/json")

    @router.post("/v1/instances", summary="Say what instances run", status_code=204)
    def take(body: AcksRequest) -> Response:
        states.take([_ack(one, now()) for one in body.acks])
        return Response(status_code=204)

    return router


def _ack(said: AckRequest, now: datetime) -> Ack:
    at = said.at if said.at.tzinfo else said.at.replace(tzinfo=now.tzinfo)
    return Ack(
        instance=said.instance,
        key=said.key,
        digest=said.digest,
        versions=said.versions,
        cursor=said.cursor,
        status=said.status,
        at=min(at, now),  # a clock that is ahead
        seen_at=now,
        running=said.running,
        reason=said.reason,
    )
