"""The tags that every resource carries, through the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .settings import Settings

HOUSE_TAGS: Final = ("Project", "Environment", "ManagedBy", "CostCenter", "Owner")


def tags_of(settings: Settings) -> dict[str, str]:
    """Default tags of a stack; the five of the house win over custom ones of the same name."""
    project = settings.project
    values = (project.name, settings.environment.name, "Pulumi", project.cost_center, project.owner)
    return {**settings.tags.custom, **dict(zip(HOUSE_TAGS, values, strict=True))}
