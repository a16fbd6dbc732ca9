"""A value that the program passes lies in the stack's state, for whoever may read or decrypt that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


VALUES: Final = ("secretString", "secretBinary")


@rule(
    id="secretsmanager-value-not-in-state",
    title="A secret's value is not in the program's inputs",
    applies_to="aws:secretsmanager/secretVersion:SecretVersion",
    severity=Severity.HIGH,
    fix="Let the rotation make the value, or pass it by secret_string_wo, which is never kept.",
    frameworks=("NIST 800-53:IA-5(7)",),
    unique=True,
    ok=({}, {"secretStringWo": "x", "secretStringWoVersion": 1}),
    bad=({"secretString": "x"}, {"secretBinary": "eA=="}),
)
def value_not_in_state(version: Resource) -> Iterator[str]:
    for path in VALUES:
        if version.is_set(path):
            yield f"{path} is set, and kept in the state"
