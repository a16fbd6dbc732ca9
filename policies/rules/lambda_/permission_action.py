"""`lambda:*` in a function's own policy lets a caller replace the code that it may only call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

CALLS: Final = frozenset({"lambda:InvokeFunction", "lambda:InvokeFunctionUrl", "lambda:GetFunction"})


@rule(
    id="lambda-permission-action",
    title="Permissions of functions allow calls and nothing else",
    applies_to="aws:lambda/permission:Permission",
    severity=Severity.HIGH,
    fix="Set action to lambda:InvokeFunction.",
    ok=({"action": "lambda:InvokeFunction"}, {"action": "lambda:InvokeFunctionUrl"}),
    bad=({"action": "lambda:*"}, {"action": "*"}, {"action": "lambda:UpdateFunctionCode"}),
)
def permission_action(permission: Resource) -> Iterator[str]:
    action = permission.text("action")
    if action and action not in CALLS:
        yield f"action is {action}"
