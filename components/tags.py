"""The tags that every resource carries, through the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .settings import Settings


def tags_of(settings: Settings) -> dict[str, str]:
    """Default tags of a stack; the five of the house win over custom ones of the same name."""
    return {
        **settings.tags.custom,
        "Project": settings.project.name,
        "Environment": settings.environment.name,
        "ManagedBy": "Pulumi",
        "CostCenter": settings.project.cost_center,
        "Owner": settings.project.owner,
    }
