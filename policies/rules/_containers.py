"""The containers of an ECS task, which are one JSON text in its definition."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from ._resource import Resource, Value

TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
Container: TypeAlias = "Mapping[str, Value]"
_PATH: Final = "containerDefinitions"


class MalformedError(Exception):
    """The property holds something that is not a list of containers."""


def containers(task: Resource) -> tuple[tuple[str, Container], ...]:
    """Name and definition of each container.

    Raises MalformedError; ends the rule as "not evaluated" when they are unknown.
    """
    text = task.known(_PATH)
    if text is None:
        return ()
    try:
        value = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        value = None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise MalformedError(f"{_PATH} is not a JSON list of containers")
    return tuple((str(one.get("name") or place), one) for place, one in enumerate(value))


def listed(container: Container, key: str) -> tuple[Container, ...]:
    """The objects in a list of a container's."""
    value = container.get(key)
    return tuple(one for one in value if isinstance(one, Mapping)) if isinstance(value, list) else ()
