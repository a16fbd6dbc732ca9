"""What `/openapi.json` says of every route alike: how it refuses."""

from __future__ import annotations

from typing import Any, Final

_MEDIA: Final = "application/problem+json"
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "description": "Why a request was refused (RFC 9457).",
    "required": ["type", "title", "status", "code", "problems"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:quartermaster:problem:invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "examples": ["invalid"]},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "message"],
                "properties": {
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                    "pointer": {"type": "string", "description": "Where in the document, as RFC 6901."},
                    "where": {"type": "string", "description": "Where in the text: its name, line and column."},
                    "fix": {"type": "string", "description": "What to do next."},
                },
            },
        },
    },
}
# `4XX` instead of each code: which of them a request meets is the business of what stands before its route too. It also
# keeps the framework from describing a 422 of its own, which is never sent.
REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    code: {"description": what, "content": {_MEDIA: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for code, what in (("4XX", "The request was refused"), ("5XX", "The service cannot answer now"))
}


def with_problem(document: dict[str, Any]) -> dict[str, Any]:
    """The description with the schema that `REFUSALS` names; `document` itself is changed."""
    document.setdefault("components", {}).setdefault("schemas", {}).setdefault("Problem", _PROBLEM)
    return document
