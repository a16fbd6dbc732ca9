"""`/v1/changes`: what changed, as a stream, by waiting or by asking again; one cursor for all three."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from agents.api.changes_readers import HEARTBEAT_S, MOST_READERS, Readers
from agents.api.changes_stream import EventStream, watched
from agents.api.changes_wanted import Wanted, change_json
from agents.api.errors import problem_response
from agents.api.guard import Identified  # noqa: TC001 - read at run time
from agents.configuration.documents import START, check_address
from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.configuration.documents import Changes
    from agents.configuration.feed import Feed

LATEST: Final = "latest"  # in the place of a cursor: that of the newest change
MOST: Final = 500  # changes of an answer
LONGEST_S: Final = 30
MOST_KEYS: Final = 50
_EVENTS: Final = "text/event-stream"
_CURSOR: Final = "42-9f86d081884c"
_EXAMPLE: Final = {
    "changes": [
        {"cursor": _CURSOR, "key": "agent/inventory", "layer": "base", "number": 3, "at": "2026-06-30T09:00:00.000Z"}
    ],
    "cursor": _CURSOR,
}


def change_routes(
    feed: Feed,
    *,
    clock: Callable[[], float],
    waits: bool = True,
    heartbeat_s: float = HEARTBEAT_S,
    most_readers: int = MOST_READERS,
) -> APIRouter:
    """The route of the change feed; `clock` gives epoch seconds.

    Where the process sleeps between requests `waits` is false: then an answer never waits, and nothing is streamed.
    """
    router = APIRouter(tags=["configuration"])
    readers = Readers(feed, clock=clock, heartbeat_s=heartbeat_s, most=most_readers)

    @router.get(
        "/v1/changes",
        summary="Follow what changes",
        description=(
            "New versions and labels that moved, oldest first, of the kinds of documents that you may read. "
            "`after` is the `cursor` of your last answer or the id of your last event; without it the log is told from "
            f"its beginning, and with `{LATEST}` from now on. With `Accept: {_EVENTS}` the answer is a stream; else it "
            "comes at once, or after up to `wait_s` seconds when there is nothing yet. With If-None-Match it is 304 "
            "while there is nothing new."
        ),
        responses={
            200: {"content": {"application/json": {"example": _EXAMPLE}, _EVENTS: {"schema": {"type": "string"}}}},
            304: {"description": "Nothing new."},
            406: {"description": "Nothing is streamed here: poll."},
            410: {"description": "The log no longer reaches back to the cursor: read the full state."},
        },
    )
    async def changes(  # noqa: PLR0913, PLR0917 - a parameter a header or a part of the query
        request: Request,
        identity: Identified,
        after: Annotated[str, Query(max_length=64)] = START,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
        wait_s: Annotated[float, Query(ge=0, le=LONGEST_S)] = 0,
        key: Annotated[list[str] | None, Query(max_length=MOST_KEYS)] = None,
        accept: Annotated[str, Header()] = "",
        last_event_id: Annotated[str | None, Header(max_length=64)] = None,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        keys = frozenset(key or ())
        for each in keys:
            check_address(each, "base")
        cursor = after if last_event_id is None else last_event_id
        if cursor == LATEST:
            cursor = await run_in_threadpool(feed.tail)
        streamed = any(part.partition(";")[0].strip().lower() == _EVENTS for part in accept.split(","))
        if streamed and not waits:
            none = InvalidError("nothing is streamed here", fix="Poll GET /v1/changes?after=CURSOR with If-None-Match.")
            return problem_response(none, status=406)
        wanted = Wanted.by(identity.operator(), keys)
        if streamed:
            return EventStream(readers, identity, keys=keys, after=cursor)
        page = await readers.page(cursor, limit=limit)
        if waits and wait_s and not any(wanted.has(change) for change in page.items):
            async with readers.reader(identity, keys=keys, after=page.cursor) as reader:
                with watched(reader, request.scope, request.receive):
                    await reader.wait(wait_s)
            wanted = reader.wanted  # what may be read may have become less
            page = await readers.page(cursor, limit=limit)
        return _answer(page, wanted, if_none_match)

    return router


def _answer(page: Changes, wanted: Wanted, known: str | None) -> Response:
    """The same URL gives the same changes until the cursor that they lead to is another: so that is the ETag."""
    headers = {"ETag": f'"{page.cursor}"'}
    if known is not None and known.removeprefix("W/") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    told = [change_json(change) for change in page.items if wanted.has(change)]
    return Response(json.dumps({"changes": told, "cursor": page.cursor}), 200, headers, media_type="application/json")
