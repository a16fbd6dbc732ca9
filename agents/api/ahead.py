"""Routes of what many ask for at once: answered ahead of the framework's routing, which costs more than they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import Request
from fastapi.routing import APIRoute

from agents.api.errors import answer_error
from agents.errors import QuartermasterError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send


class AheadRoute(APIRoute):
    """A route without a body. What it does not answer ahead, it answers as any other."""

    async def ahead(self, request: Request) -> Response | None:
        """The answer to what is asked plainly, None for what the framework has to read. Raises what it is."""
        raise NotImplementedError


class Ahead:
    """ASGI middleware inside `Guard`, which knows by now who asks, and that they may."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[AheadRoute]) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._response(scope, receive)
        await (response or self._app)(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> Response | None:
        if scope["type"] != "http":
            return None
        for route in self._routes:
            if scope["method"] in (route.methods or ()) and (match := route.path_regex.match(scope["path"])):
                try:
                    return await route.ahead(Request({**scope, "path_params": match.groupdict()}, receive))
                except QuartermasterError as error:
                    return answer_error(error)
        return None
