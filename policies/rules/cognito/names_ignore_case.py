"""Where Anna and anna are two people, one of them can be taken for the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-names-ignore-case",
    title="User names do not differ by case alone",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.LOW,
    fix="Set username_configuration.case_sensitive to false; it cannot be changed later.",
    frameworks=("NIST 800-53:IA-4",),
    unique=True,
    ok=({"usernameConfiguration": {"caseSensitive": False}},),
    bad=({}, {"usernameConfiguration": {"caseSensitive": True}}),
)
def names_ignore_case(pool: Resource) -> Iterator[str]:
    value = pool.known("usernameConfiguration.caseSensitive")
    if value is None or is_true(value):
        yield f"usernameConfiguration.caseSensitive is {'not set' if value is None else 'true'}"
