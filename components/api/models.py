"""What the gateway itself checks of a request, so that a wrong one costs no function: JSON Schema draft 4.

The gateway chooses a model by the content type and checks JSON alone: a body whose type has no model passes to the app
as it is, and no behaviour of a proxy integration changes that. So where the app takes YAML and TOML too, the types
that are JSON have a model each, and the app refuses types that nobody takes. Where it takes JSON alone, one model is
for every type. An empty body is checked as `{}`. Of what is not said here about an object the app decides; what is
said is the same as the app takes, and a test holds the two together.
https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.contract import Route

ANY_TYPE: Final = "$default"  # without it, a body of another type passes unchecked
JSON: Final = "application/json"
JSON_PATCH: Final = "application/json-patch+json"  # RFC 6902
MERGE_PATCH: Final = "application/merge-patch+json"  # RFC 7396
_DRAFT: Final = "http://json-schema.org/draft-04/schema#"
_OPTIONAL: Final[Mapping[str, object]] = {"type": ["string", "null"]}
_WORDS: Final[Mapping[str, object]] = {"type": "array", "items": {"type": "string"}, "maxItems": 16}


@dataclass(frozen=True, kw_only=True)
class Body:
    """A body: letters that name its model, and the rest of its schema."""

    name: str
    form: Mapping[str, object]

    @property
    def schema(self) -> dict[str, object]:
        return {"$schema": _DRAFT, "title": self.name, **self.form}


def _exactly(name: str, properties: Mapping[str, Mapping[str, object]], *, required: tuple[str, ...] = ()) -> Body:
    """An object with these properties and no others."""
    form = {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),  # the draft takes no empty list
        "additionalProperties": False,
    }
    return Body(name=name, form=form)


ASK: Final = _exactly(
    "Ask",
    {
        "question": {"type": "string", "maxLength": 65_536},
        "persona": _OPTIONAL,
        "agent": _OPTIONAL,
        "conversation_id": _OPTIONAL,
    },
    required=("question",),
)
PUBLISH: Final = _exactly(
    "Publish",
    {"content": {"type": "object"}, "message": {"type": "string", "minLength": 1, "maxLength": 1_000}},
    required=("content", "message"),
)
PATCH: Final = Body(
    name="JsonPatch",
    form={
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "op": {"enum": ["add", "remove", "replace", "move", "copy", "test"]},
                "path": {"type": "string"},
                "from": {"type": "string"},
            },
            "required": ["op", "path"],  # other members are to be ignored, says the RFC
        },
    },
)
KEY: Final = _exactly(
    "Key",
    {
        "name": {"type": "string", "maxLength": 64},
        "groups": _WORDS,
        "scopes": _WORDS,
        "days": {"type": "integer"},
    },
    required=("name", "groups", "scopes"),
)
ROTATION: Final = _exactly("Rotation", {"days": {"type": "integer"}, "grace_hours": {"type": "number"}})
OBJECT: Final = Body(name="Object", form={"type": "object"})

# Route -> content type -> what a body of it must be. Routes that are not listed take none.
BODIES: Final[Mapping[Route, Mapping[str, Body]]] = {
    ("POST", "/v1/ask"): {ANY_TYPE: ASK},
    ("POST", "/v1/configs"): {ANY_TYPE: OBJECT},
    ("PUT", "/v1/configs/{kind}/{name}"): {JSON: PUBLISH},
    ("PATCH", "/v1/configs/{kind}/{name}"): {JSON_PATCH: PATCH, MERGE_PATCH: OBJECT, JSON: OBJECT},
    ("POST", "/v1/configs/{kind}/{name}/validate"): {JSON: OBJECT},
    ("POST", "/v1/configs/{kind}/{name}/rollback"): {ANY_TYPE: OBJECT},
    ("PUT", "/v1/labels/{kind}/{name}/{label}"): {ANY_TYPE: OBJECT},
    ("POST", "/v1/instances"): {ANY_TYPE: OBJECT},
    ("POST", "/v1/access/keys"): {ANY_TYPE: KEY},
    ("POST", "/v1/access/keys/{name}/rotate"): {ANY_TYPE: ROTATION},
}


def models() -> dict[str, Body]:
    """Every body by its name; routes share those that are alike."""
    return {body.name: body for bodies in BODIES.values() for body in bodies.values()}


def types(bodies: Mapping[str, Body], *, emulated: bool) -> Mapping[str, Body]:
    """The content types of a route's models.

    The emulator takes the model of JSON for each type that has none, and would refuse all YAML; one for any type it
    does not look at.
    """
    return {ANY_TYPE if emulated and kind == JSON else kind: body for kind, body in bodies.items()}


def parameters(path: str) -> dict[str, bool]:
    """The path's parameters, all of them required, as API Gateway names them."""
    return {f"method.request.path.{name}": True for name in re.findall(r"{(\w+)}", path)}
