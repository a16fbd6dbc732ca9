"""`GET /metrics` of a server: a process that stays. A function's metrics go to its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.responses import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI


def show_metrics(app: FastAPI, text: Callable[[], str]) -> None:
    """Adds the route, which answers with what `text` gives: Prometheus' text format."""

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(text(), media_type="text/plain; version=0.0.4")
