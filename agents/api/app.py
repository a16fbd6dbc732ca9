"""The HTTP service, the same under uvicorn and on Lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import Response

from agents.api.ask import ask_routes
from agents.api.configs import config_routes
from agents.api.edge import Edge
from agents.api.errors import handle_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from agents.access.sign_in import SignIn
    from agents.configuration.publish import Publisher
    from agents.runtime.assistant import Assistant


def create_app(
    *,
    assistant: Assistant,
    publisher: Publisher,
    sign_in: SignIn,
    hosts: Collection[str] | None,
    new_id: Callable[[], str],
    origins: Sequence[str] = (),
) -> FastAPI:
    """The application; `hosts` are the names it answers to, None behind a gateway that checks them itself.

    Pages of the `origins` may read its answers; tokens travel in a header, so no browser adds credentials by itself.
    """
    # The pages of /docs load scripts from another host, so they are off; /openapi.json is there.
    app = FastAPI(title="Quartermaster", version="1", docs_url=None, redoc_url=None)
    handle_errors(app)
    app.include_router(ask_routes(assistant, sign_in))
    app.include_router(config_routes(publisher, sign_in))

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> Response:
        return Response('{"status":"ok"}', media_type="application/json")

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> Response:
        assistant.follower.snapshot()  # 503 until every agent has a configuration
        return Response('{"status":"ready"}', media_type="application/json")

    app.add_middleware(Edge, hosts=hosts, new_id=new_id)
    if origins:  # outermost, so that refusals of Edge can be read too
        app.add_middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT"],
            allow_headers=[
                "Authorization",
                "Content-Type",
                "Idempotency-Key",
                "If-Match",
                "If-None-Match",
                "X-Request-Id",
            ],
            expose_headers=["ETag", "Location", "X-Request-Id"],
        )
    return app
