"""The tags that a resource will have: the provider's below its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pulumi_policy.proxy import UnknownValueError

from ._resource import UNKNOWN

if TYPE_CHECKING:
    from ._resource import Resource, Value


def tags_of(resource: Resource) -> dict[str, Value]:
    """Keys and values, UNKNOWN for a value that a preview cannot know.

    Ends the rule as "not evaluated" when the tags are unknown as a whole.
    """
    found = dict(_defaults(resource.provider))
    for path in ("tagsAll", "tags"):
        given = resource.known(path)
        if isinstance(given, Mapping):
            found |= {key: _value(resource, path, key) for key in list(given)}
    return found


def own_tags(resource: Resource) -> dict[str, Value]:
    """Those that the resource states itself."""
    given = resource.known("tags")
    return {key: _value(resource, "tags", key) for key in list(given)} if isinstance(given, Mapping) else {}


def _value(resource: Resource, path: str, key: str) -> Value:
    """A key may hold dots, so this is no path."""
    tags: Value = resource.known(path)
    try:
        return tags[key]
    except UnknownValueError:
        return UNKNOWN


def _defaults(provider: Mapping[str, Value]) -> Mapping[str, Value]:
    value = provider["defaultTags"] if "defaultTags" in list(provider) else None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:  # the provider refuses it with a better message
            return {}
    tags = value.get("tags") if isinstance(value, Mapping) else None
    return tags if isinstance(tags, Mapping) else {}
