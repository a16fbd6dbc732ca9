"""What bodies the REST API lets through: those that the application takes, told apart by their content type."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsonschema_rs
import pytest

from agents.api.ask import AskRequest
from agents.api.configs import PublishRequest
from agents.api.keys import KeyRequest, RotateRequest
from agents.contract import ROUTES
from components.api.models import ANY_TYPE, ASK, BODIES, JSON, KEY, PUBLISH, ROTATION, Body, models, types

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

APPS: Mapping[str, tuple[Body, type[BaseModel]]] = {
    "Ask": (ASK, AskRequest),
    "Publish": (PUBLISH, PublishRequest),
    "Key": (KEY, KeyRequest),
    "Rotation": (ROTATION, RotateRequest),
}
# Routes whose documents people also write in a format that the gateway cannot check.
FORMATS = {("PUT", "/v1/configs/{kind}/{name}"), ("POST", "/v1/configs/{kind}/{name}/validate")}


def test_every_verb_with_a_body_has_a_model() -> None:
    """A new route that is forgotten here would pass its body on unchecked."""
    assert set(BODIES) == {route for route in ROUTES if route[0] in {"POST", "PUT", "PATCH"}}


def test_only_documents_and_patches_may_come_as_more_than_json() -> None:
    """Elsewhere another content type is no way past the check; a document in YAML or TOML is not refused as no JSON."""
    patch = ("PATCH", "/v1/configs/{kind}/{name}")
    assert {route for route, bodies in BODIES.items() if ANY_TYPE not in bodies} == {*FORMATS, patch}
    assert all(set(BODIES[route]) == {JSON} for route in FORMATS)


def test_the_emulator_does_not_take_yaml_for_json() -> None:
    """It checks what has no model as JSON; what is for any type it passes on."""
    for bodies in BODIES.values():
        assert JSON not in types(bodies, emulated=True)
        assert types(bodies, emulated=False) == bodies


@pytest.mark.parametrize("name", APPS)
def test_the_gateway_takes_what_the_app_takes(name: str) -> None:
    """Properties, which of them are required, lengths, and that there are no others."""
    body, model = APPS[name]
    app, schema = model.model_json_schema(), body.schema
    assert schema.get("required") == app.get("required")
    assert schema["additionalProperties"] is app["additionalProperties"] is False
    properties = schema["properties"]
    assert isinstance(properties, dict)
    assert {one: _lengths(value) for one, value in properties.items()} == {
        one: _lengths(value) for one, value in app["properties"].items()
    }


@pytest.mark.parametrize(
    ("name", "body", "valid"),
    [
        ("Ask", {"question": "What will run out?"}, True),
        ("Ask", {"question": "x", "persona": None, "agent": "inventory", "conversation_id": "c"}, True),
        ("Ask", {}, False),
        ("Ask", [], False),
        ("Ask", {"question": 1}, False),
        ("Ask", {"question": "x" * 65_537}, False),
        ("Ask", {"question": "x", "sql": "select 1"}, False),
        ("Publish", {"content": {"a": [1]}, "message": "why"}, True),
        ("Publish", {"content": "text", "message": "why"}, False),
        ("Publish", {"content": {}, "message": ""}, False),
        ("Key", {"name": "loader", "groups": ["operator"], "scopes": ["config"], "days": 30}, True),
        ("Key", {"name": "loader", "groups": ["operator"], "scopes": []}, True),
        ("Key", {"name": "loader", "groups": "operator", "scopes": []}, False),
        ("Key", {"name": "loader", "groups": ["x"] * 17, "scopes": []}, False),
        ("Key", {"name": "x" * 65, "groups": [], "scopes": []}, False),
        ("Rotation", {}, True),  # what an empty body is checked as
        ("Rotation", {"days": 30, "grace_hours": 0.5}, True),
        ("Rotation", {"days": "30"}, False),
        ("JsonPatch", [], True),
        ("JsonPatch", [{"op": "add", "path": "/a", "value": None}, {"op": "move", "from": "/a", "path": "/b"}], True),
        ("JsonPatch", [{"op": "test", "path": "", "value": {}, "why": "members that are not known are ignored"}], True),
        ("JsonPatch", {"op": "add", "path": "/a", "value": 1}, False),
        ("JsonPatch", [{"op": "merge", "path": "/a"}], False),
        ("JsonPatch", [{"op": "add"}], False),
        ("Object", {"a": {"b": None}}, True),
        ("Object", [], False),
    ],
)
def test_bodies_are_told_apart_as_json_schema_does(name: str, body: object, *, valid: bool) -> None:
    """The schemas are of the draft that API Gateway knows."""
    schema = models()[name].schema
    jsonschema_rs.meta.validate(schema)
    assert jsonschema_rs.Draft4Validator(schema).is_valid(body) is valid


def _lengths(value: Mapping[str, object]) -> tuple[object, ...]:
    """Types and bounds of a property, in either of the two ways to say that it may be null."""
    choices = value.get("anyOf", [value])
    assert isinstance(choices, list)
    types = [one["type"] for one in choices]
    flat = sorted(part for one in types for part in ([one] if isinstance(one, str) else one))
    return (*flat, *(value.get(bound) for bound in ("minLength", "maxLength", "maxItems", "items")))
