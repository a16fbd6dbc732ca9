"""`/v1/diff`: what changed between two versions of a document, as edits, as a JSON Patch, or as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from agents.api.configs_http import Accept, Kind, Layer, Name, about, answer, gives
from agents.configuration.diff import as_patch, diff
from agents.configuration.diff_text import masked_edits, unified

if TYPE_CHECKING:
    from agents.configuration.diff import Edit
    from agents.configuration.publish import Publisher
    from agents.json_value import Json

_REF: Final = "a number, a label, a time, head or previous."
_EXAMPLE: Final = {
    "from": {"key": "agent/inventory", "layer": "base", "number": 2, "digest": "sha256:2c26b46b..."},
    "to": {"key": "agent/inventory", "layer": "base", "number": 3, "digest": "sha256:9f86d081..."},
    "edits": [{"op": "replace", "path": "/limits/turns", "old": 4, "new": 6}],
}
_PATCH: Final = "application/json-patch+json"
_TEXT: Final = "text/plain"


def diff_routes(publisher: Publisher) -> APIRouter:
    """The route of differences. Secrets are masked in each form, so a patch of one is for reading."""
    router = APIRouter(tags=["configuration"])

    @router.get(
        "/v1/diff/{kind}/{name}", summary="Compare two versions",
        responses={200: {
            "description": "What leads from the one to the other",
            "content": {**gives(200, _EXAMPLE)[200]["content"], _PATCH: {}, _TEXT: {}},
        }},
    )  # fmt: skip
    def compare(  # noqa: PLR0913, PLR0917 - a parameter a name
        kind: Kind,
        name: Name,
        layer: Layer = "base",
        old: Annotated[str, Query(alias="from", max_length=64, description=f"The old version: {_REF}")] = "previous",
        new: Annotated[str, Query(alias="to", max_length=64, description=f"The new version: {_REF}")] = "head",
        to_layer: Annotated[str, Query(max_length=80, description="The layer of `to`; `layer` if left out.")] = "",
        accept: Accept = None,
    ) -> Response:
        key = f"{kind}/{name}"
        one = publisher.find(key, layer, old.replace(" ", "+"))
        other = publisher.find(key, to_layer or layer, new.replace(" ", "+"))
        secret = publisher.secret(key)
        media = (accept or "").partition(";")[0].strip().lower()
        if media == _TEXT:
            names = (f"{key} ({one.layer}) {one.number}", f"{key} ({other.layer}) {other.number}")
            return Response(unified(one.content, other.content, names=names, secret=secret), media_type=_TEXT)
        edits = masked_edits(diff({**one.content}, {**other.content}), secret)
        if media == _PATCH:
            return Response(json.dumps(as_patch(edits)), media_type=_PATCH)
        body: dict[str, Json] = {
            "from": about(one),
            "to": about(other),
            "edits": [_shown(edit) for edit in edits],
        }
        return answer(body, accept=accept)

    return router


def _shown(edit: Edit) -> Json:
    said: dict[str, Json] = {"op": edit.op, "path": edit.path}
    if edit.op != "add":
        said["old"] = edit.old
    if edit.op != "remove":
        said["new"] = edit.new
    return said
