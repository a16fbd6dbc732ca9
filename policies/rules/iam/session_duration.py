"""Stolen credentials of a session work until it ends, and nobody can call them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._identity import ROLE
from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


DEFAULT_S: Final = 3600  # AWS's own, where nothing is set


@rule(
    id="iam-session-duration",
    title="Sessions of a role are short",
    applies_to=ROLE,
    severity=Severity.MEDIUM,
    fix="Leave max_session_duration at an hour.",
    frameworks=("NIST 800-53:AC-12",),
    parameters={"most_seconds": Parameter(DEFAULT_S, "The longest that a session may be.")},
    ok=({}, {"maxSessionDuration": 3600}, Of({"maxSessionDuration": 7200}, config={"most_seconds": 7200})),
    bad=({"maxSessionDuration": 43200}, {"maxSessionDuration": "7200"}),
)
def session_duration(role: Resource) -> Iterator[str]:
    lasts = amount(role.known("maxSessionDuration")) or DEFAULT_S
    if lasts > role.config["most_seconds"]:
        yield f"a session may last {lasts:.0f} seconds"
