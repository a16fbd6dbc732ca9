"""What the gateway itself checks of a request, so that a wrong one costs no function: JSON Schema draft 4.

The same as the app takes, no less and no more; a test holds the two together.
https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_DRAFT: Final = "http://json-schema.org/draft-04/schema#"
_OPTIONAL: Final[Mapping[str, object]] = {"type": ["string", "null"]}
_WORDS: Final[Mapping[str, object]] = {"type": "array", "items": {"type": "string"}, "maxItems": 16}


@dataclass(frozen=True, kw_only=True)
class Body:
    """The body of one route: letters that name its model, and its properties."""

    name: str
    properties: Mapping[str, Mapping[str, object]]
    required: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, object]:
        """An object with these properties and no others."""
        return {
            "$schema": _DRAFT,
            "title": self.name,
            "type": "object",
            "properties": self.properties,
            **({"required": list(self.required)} if self.required else {}),  # the draft takes no empty list
            "additionalProperties": False,
        }


# Routes that are not listed take no body.
BODIES: Final[Mapping[tuple[str, str], Body]] = {
    ("POST", "/v1/ask"): Body(
        name="Ask",
        properties={
            "question": {"type": "string", "maxLength": 65_536},
            "persona": _OPTIONAL,
            "agent": _OPTIONAL,
            "conversation_id": _OPTIONAL,
        },
        required=("question",),
    ),
    ("PUT", "/v1/configs/{kind}/{name}"): Body(
        name="Publish",
        properties={
            "content": {"type": "object"},
            "message": {"type": "string", "minLength": 1, "maxLength": 1_000},
        },
        required=("content", "message"),
    ),
    ("POST", "/v1/access/keys"): Body(
        name="Key",
        properties={
            "name": {"type": "string", "maxLength": 64},
            "groups": _WORDS,
            "scopes": _WORDS,
            "days": {"type": "integer"},
        },
        required=("name", "groups", "scopes"),
    ),
    ("POST", "/v1/access/keys/{name}/rotate"): Body(
        name="Rotation",
        properties={"days": {"type": "integer"}, "grace_hours": {"type": "number"}},
    ),
}


def parameters(path: str) -> dict[str, bool]:
    """The path's parameters, all of them required, as API Gateway names them."""
    return {f"method.request.path.{name}": True for name in re.findall(r"{(\w+)}", path)}
