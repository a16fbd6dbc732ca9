"""What a check of a plan found: the shapes that every report prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Exempt:
    """Why a finding is let pass, by whom, and until when."""

    reason: str
    owner: str
    until: str  # RFC 3339 day


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One violation of one rule by one resource."""

    rule: str
    severity: str  # low, medium, high, critical
    enforcement: str  # advisory, mandatory
    scope: Literal["engine", "graph"]
    urn: str
    type: str
    message: str
    fix: str
    url: str
    location: str  # file:line
    what: str = ""  # which of several findings of a granular rule, as an exemption names it
    exempt: Exempt | None = None

    @property
    def blocks(self) -> bool:
        return self.enforcement == "mandatory" and self.exempt is None


@dataclass(frozen=True, kw_only=True)
class NotEvaluated:
    """A rule that could not judge a resource, because a property is only known once resources exist."""

    rule: str
    urn: str
    type: str
    reason: str
    location: str
