"""In the classic flow the client chooses the role that it gets, and no scope-down policy applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-no-classic-flow",
    title="Identity pools do without the classic flow",
    applies_to="aws:cognito/identityPool:IdentityPool",
    severity=Severity.HIGH,
    fix="Set allow_classic_flow to false.",
    frameworks=("NIST 800-53:AC-6",),
    unique=True,
    ok=({}, {"allowClassicFlow": False}),
    bad=({"allowClassicFlow": True}, {"allowClassicFlow": "true"}),
)
def no_classic_flow(pool: Resource) -> Iterator[str]:
    if is_true(pool.known("allowClassicFlow")):
        yield "allowClassicFlow is true"
