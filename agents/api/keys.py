"""`/v1/access/keys`: the keys of machines, made, rotated and revoked by people who hold `access-admin`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from agents.access.key_service import DEFAULT_DAYS, DEFAULT_GRACE_HOURS, NewKey
from agents.api.guard import Identified  # noqa: TC001 - read at run time

if TYPE_CHECKING:
    from agents.access.key_service import ApiKeyService, MadeKey


class KeyRequest(BaseModel):
    """A key as it is asked for; what its values may be is the service's to say."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(max_length=64)]
    groups: Annotated[list[str], Field(max_length=16)]
    scopes: Annotated[list[str], Field(max_length=16)]
    days: int = DEFAULT_DAYS


class RotateRequest(BaseModel):
    """How long the new secret lasts, and for how long the former is still taken."""

    model_config = ConfigDict(extra="forbid", strict=True)

    days: int = DEFAULT_DAYS
    grace_hours: float = DEFAULT_GRACE_HOURS


def key_routes(keys: ApiKeyService) -> APIRouter:
    """The routes of keys. The guard lets pass only who may manage them."""
    router = APIRouter(tags=["access"])

    @router.get("/v1/access/keys", summary="List the keys that were not revoked")
    def listed() -> Response:
        return JSONResponse({"keys": [key.as_json() for key in keys.list()]})

    @router.post("/v1/access/keys", summary="Make a key; its text is shown once", status_code=201)
    def create(body: KeyRequest, identity: Identified) -> Response:
        asked = NewKey(name=body.name, groups=tuple(body.groups), scopes=tuple(body.scopes), days=body.days)
        return _made(keys.create(asked, author=identity.claims.subject), 201)

    @router.post("/v1/access/keys/{name}/rotate", summary="Replace a key's secret; the text is shown once")
    def rotate(name: str, identity: Identified, body: RotateRequest | None = None) -> Response:
        wish = body or RotateRequest()
        author = identity.claims.subject
        return _made(keys.rotate(name, author=author, days=wish.days, grace_hours=wish.grace_hours), 200)

    @router.delete("/v1/access/keys/{name}", summary="End a key within ten seconds", status_code=204)
    def revoke(name: str, identity: Identified) -> Response:
        keys.revoke(name, author=identity.claims.subject)
        return Response(status_code=204)

    return router


def _made(made: MadeKey, status: int) -> Response:
    return JSONResponse({**made.key.as_json(), "key": made.text}, status)
