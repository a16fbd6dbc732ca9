"""`/v1/access`: who am I, what may a persona do and why, and all of it as a table."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from agents.access.explain import as_persona
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.contract import PERSONAS

if TYPE_CHECKING:
    from agents.access.explain import Access
    from agents.json_value import Json

Name = Annotated[str | None, Query(max_length=128)]


def access_routes(access: Access) -> APIRouter:
    """The routes that explain access; the guard lets only those in who may ask about others."""
    router = APIRouter(tags=["access"])

    @router.get("/v1/access/me", summary="Who am I, and what may I use and read")
    def me(identity: Identified) -> Response:
        who = identity.operator()
        in_force, digest = access.in_force()
        personas: list[Json] = []
        for persona in PERSONAS:
            if persona in who.groups:
                held = dataclasses.replace(who, persona=persona)
                granted: list[Json] = [one.as_json() for one in in_force.of(held) if one.allowed]
                personas.append({"persona": persona, "grants": granted})
        return _json(
            {
                "subject": who.subject,
                "tenant": who.tenant,
                "personas": personas,
                "roles": [*sorted(who.roles)],
                "scopes": None if who.scopes is None else [*sorted(who.scopes)],
                "policy": digest,
            }
        )

    @router.get("/v1/access/explain", summary="May a persona read this table, or use this tool or agent, and why")
    def explain(
        persona: Annotated[str, Query(max_length=128)],
        table: Name = None,
        column: Name = None,
        tool: Name = None,
        agent: Name = None,
    ) -> Response:
        in_force, digest = access.in_force()
        found = in_force.explain(as_persona(persona), table=table, column=column, tool=tool, agent=agent)
        return _json(found.as_json() | {"policy": digest})

    @router.get("/v1/access/matrix", summary="Everything that personas and roles may do, and what not")
    def matrix() -> Response:
        in_force, digest = access.in_force()
        rows: list[Json] = [row.as_json() for row in in_force.matrix()]
        return _json({"policy": digest, "rows": rows})

    return router


def _json(body: dict[str, Json]) -> Response:
    return Response(json.dumps(body), media_type="application/json")
