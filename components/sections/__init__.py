"""What a stack file may say: one strict model a section.

To add a setting, add a field to its section: constraints, description and examples are what the message about a
wrong value, `docs/configuration.md` and the JSON Schema for editors are made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .base import Section
from .content import EMULATOR, Agents, DataSettings, Runtime, Source, SourceTable
from .place import Environment, Iam, Keys, Project, Tags
from .reach import Api, Networking
from .sizes import DynamoDbResources, LambdaResources, Resources
from .watch import Features, Monitoring, Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTIONS: Final[Mapping[str, type[Section]]] = {
    "environment": Environment,
    "project": Project,
    "features": Features,
    "runtime": Runtime,
    "resources": Resources,
    "networking": Networking,
    "keys": Keys,
    "iam": Iam,
    "api": Api,
    "monitoring": Monitoring,
    "agents": Agents,
    "data": DataSettings,
    "tags": Tags,
}

__all__ = [
    "EMULATOR",
    "SECTIONS",
    "Agents",
    "Api",
    "DataSettings",
    "DynamoDbResources",
    "Environment",
    "Features",
    "Iam",
    "Keys",
    "LambdaResources",
    "Monitoring",
    "Networking",
    "Project",
    "Resources",
    "Runtime",
    "Section",
    "Source",
    "SourceTable",
    "Tags",
    "Thresholds",
]
