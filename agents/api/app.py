"""The HTTP service, the same under uvicorn and on Lambda."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread
from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response
from fastapi.routing import iter_route_contexts
from fastapi.security import HTTPBearer

from agents.api.ahead import Ahead, AheadRoute
from agents.api.description import REFUSALS, with_problem
from agents.api.edge import BODY_S, Edge
from agents.api.endpoints import ENDPOINTS
from agents.api.errors import handle_errors
from agents.api.guard import Guard

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from fastapi import APIRouter

    from agents.access.audit import Audit
    from agents.access.sign_in import SignIn

_PROBES: Final = 2  # at once: a probe that hangs must not take threads from requests, nor wait for theirs


def create_app(
    *,
    routers: Sequence[APIRouter],
    ready: Callable[[], object],
    sign_in: SignIn,
    audit: Audit,
    hosts: Collection[str] | None,
    new_id: Callable[[], str],
    origins: Sequence[str] = (),
    body_s: float = BODY_S,
    troubles: Callable[[], Sequence[str]] = tuple,
) -> FastAPI:
    """The application; `hosts` are the names it answers to, None behind a gateway that checks them itself.

    `ready` raises while the service cannot answer; `troubles` says what does not work though it can. Pages of the
    `origins` may read its answers; tokens travel in a header, so no browser adds credentials by itself. A request's
    body may take `body_s`.
    """
    app = FastAPI(
        title="Quartermaster",
        version="1",
        # The pages of /docs load scripts from another host, so they are off; /openapi.json is there.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # /v1/ask/ is another path, and there is nothing
        # Tells generators of clients that there is a token; the guard has looked at it by then.
        dependencies=[Depends(HTTPBearer(auto_error=False, scheme_name="token"))],
        responses=REFUSALS,
    )
    handle_errors(app)
    for router in routers:
        app.include_router(router)

    describe = app.openapi
    app.openapi = lambda: with_problem(describe())  # type: ignore[method-assign]  # the framework's way to add to it
    probes = anyio.CapacityLimiter(_PROBES)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> Response:  # on the loop itself: the process is there, whatever its threads do
        return Response('{"status":"ok"}', media_type="application/json")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> Response:
        await to_thread.run_sync(ready, limiter=probes)
        found = troubles()
        said = {"status": "ready", **({"troubles": list(found)} if found else {})}
        return Response(json.dumps(said, separators=(",", ":")), media_type="application/json")

    routes = [found.original_route for found in iter_route_contexts(app.routes)]
    app.add_middleware(Ahead, routes=[route for route in routes if isinstance(route, AheadRoute)])
    app.add_middleware(Guard, sign_in=sign_in, audit=audit)
    app.add_middleware(Edge, hosts=hosts, new_id=new_id, body_s=body_s)
    if origins:  # outermost, so that refusals of Edge can be read too
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=sorted({verb for verb, _ in ENDPOINTS}),
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "Last-Event-ID",
                "X-Request-Id",
            ],
            expose_headers=["Allow", "ETag", "Location", "Retry-After", "X-Client-Request-Id", "X-Request-Id"],
        )
    return app
