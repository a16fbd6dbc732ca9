"""`/v1/instances`: which configuration each instance should run, and which it does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from agents.access.decisions import Decision
from agents.access.roles import Action
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.configuration.instances import Ack
from agents.configuration.ledger import SEEN_S
from agents.configuration.ledger_json import as_json
from agents.errors import ForbiddenError, InvalidError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agents.access.sign_in import Identity
    from agents.configuration.applied import AppliedStates

MAX_ACKS: Final = 100
_DAY_S: Final = 86_400
_MOST_NAMED: Final = 120  # characters, of the names of instances in a line of the audit
_LONGEST: Final = timedelta(days=3_650)  # that anything runs without being put in force anew

_Digest: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64})?$")]
_Key: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}$")]
_Address: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}/[a-z0-9-]{1,64}@[a-z0-9:-]{1,73}$")]


class AckRequest(BaseModel):
    """What an instance runs of a document: see `Ack`. `at` is when it was put in force.

    An instance is its subject's who spoke for it first, until it says `gone` or is silent for an hour; a subject speaks
    for 1,000 at most.
    """

    model_config = ConfigDict(extra="forbid")

    instance: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,64}$")]
    key: _Key
    digest: _Digest
    versions: Annotated[dict[_Address, Annotated[int, Field(ge=1, lt=2**32)]], Field(max_length=8)]
    cursor: Annotated[str, StringConstraints(max_length=64)]
    status: Literal["applied", "rejected", "draining", "gone"]
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
    def take(body: AcksRequest, identity: Identified) -> Response:
        acks = [_ack(one, now(), f"/acks/{index}/at") for index, one in enumerate(body.acks)]
        try:
            states.take(acks, subject=identity.claims.subject)
        except ForbiddenError:
            _note_denial(identity, acks)
            raise
        return Response(status_code=204)

    return router


def _note_denial(identity: Identity, acks: Sequence[Ack]) -> None:
    if identity.origin is not None:
        named = ",".join(sorted({ack.instance for ack in acks}))[:_MOST_NAMED]
        denied = Decision.of(
            identity.operator(), Action.ACK, f"instances/{named}", allowed=False, rule="another's instance"
        )
        identity.origin.decisions.record(denied)


def _ack(said: AckRequest, now: datetime, pointer: str) -> Ack:
    try:
        at = (said.at if said.at.tzinfo else said.at.replace(tzinfo=UTC)).astimezone(UTC)
        likely = at > now - _LONGEST
    except OverflowError:  # the first or last day that there is, in another time zone
        likely = False
    if not likely:
        problem = Problem(code="invalid", message="it is too long ago", pointer=pointer)
        raise InvalidError(f"{pointer}: no instance runs for that long", fix="Set its clock.", problems=(problem,))
    return Ack(
        instance=said.instance,
        key=said.key,
        digest=said.digest,
        versions=said.versions,
        cursor=said.cursor,
        status=said.status,
        at=at,
        seen_at=now,
        running=said.running,
        reason=said.reason,
    )
