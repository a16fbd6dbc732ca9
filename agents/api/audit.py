"""`/v1/audit`: what was decided on access, and the signatures that prove it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from agents.access.chain import time_of
from agents.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.access.ports import AnchorStore, AuditLog, Entry
    from agents.json_value import Json

MAX_PAGE: Final = 500
MAX_SCAN: Final = 5_000  # records that a page of a filter looks at

After = Annotated[str, Query(max_length=36, description="`next` of the page before; nothing for the oldest.")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]


def audit_routes(log: AuditLog, anchors: AnchorStore) -> APIRouter:
    """The routes of the audit. Each needs the role `auditor`."""
    router = APIRouter(tags=["audit"])

    @router.get("/v1/audit", summary="Read decisions, oldest first")
    def records(
        after: After = "",
        limit: Limit = 100,
        subject: Annotated[str | None, Query(max_length=256)] = None,
        allowed: Annotated[bool | None, Query()] = None,
    ) -> Response:
        """A page may hold fewer than `limit`; `next` is null behind the newest record."""
        if after:
            time_of(after)
        found: list[str] = []
        last = None
        every = subject is None and allowed is None
        for scanned, entry in enumerate(_entries(log, after, limit if every else MAX_PAGE), 1):
            last = entry.id
            if every or _fits(entry, subject, allowed):
                found.append(_json(entry))
            if len(found) == limit or scanned == MAX_SCAN:
                break
        else:
            last = None
        # The texts as they are stored, so that a reader can check each hash.
        return _page("records", found, last)

    @router.get("/v1/audit/anchors", summary="Read the signed heads of the chains, oldest first")
    def signed(after: Annotated[int, Query(ge=0, le=10**12)] = 0, limit: Limit = 100) -> Response:
        numbers = anchors.numbers(after=after, limit=limit)
        found = []
        for number in numbers:
            try:
                found.append(_json_text(anchors.read(number).decode("ascii", "replace")))
            except NotFoundError:  # past its time since it was listed
                continue
        return _page("anchors", found, numbers[-1] if len(numbers) == limit else None)

    return router


def _entries(log: AuditLog, after: str, page: int) -> Iterator[Entry]:
    while entries := log.read(after=after, limit=page):
        yield from entries
        after = entries[-1].id


def _fits(entry: Entry, subject: str | None, allowed: bool | None) -> bool:  # noqa: FBT001 - None is any
    fields = _fields(entry.text)
    if fields is None:  # damaged: whoever asks for records must see it
        return True
    return subject in {None, fields.get("subject")} and (allowed is None or fields.get("allowed") is allowed)


def _fields(text: str) -> dict[str, Json] | None:
    try:
        fields = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return fields if isinstance(fields, dict) else None


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN is no JSON, and would make none of the page


def _json(entry: Entry) -> str:
    return entry.text if _fields(entry.text) is not None else json.dumps({"id": entry.id, "damaged": True})


def _json_text(text: str) -> str:
    return text if _fields(text) is not None else json.dumps({"damaged": True})


def _page(name: str, texts: list[str], following: str | int | None) -> Response:
    body = f'{{"{name}":[{",".join(texts)}],"next":{json.dumps(following)}}}'
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
