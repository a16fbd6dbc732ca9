"""A lock refuses each backup whose retention it does not allow, at night, in a job that nobody looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._backups import LOCK, PLAN
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Member, Stack

LOCKED: Final = Node(LOCK, "lock", {"backupVaultName": "daily", "minRetentionDays": 7, "maxRetentionDays": 365})


def _plan(days: int, vault: str = "daily") -> Node:
    rule = {"ruleName": "daily", "targetVaultName": vault, "lifecycle": {"deleteAfter": days}}
    return Node(PLAN, "plan", {"rules": [rule]})


@stack_rule(
    id="backup-retention-fits-lock",
    title="Backups have a retention that their vault's lock allows",
    severity=Severity.HIGH,
    fix="Set delete_after between the min_retention_days and max_retention_days of the vault's lock.",
    unique=True,
    frameworks=("NIST 800-53:CP-9",),
    ok=(
        Together((LOCKED, _plan(7))),
        Together((LOCKED, _plan(365))),
        Together((LOCKED, _plan(1, "other"))),
        Together((Node(LOCK, "lock", {"backupVaultName": "daily"}), _plan(1))),
    ),
    bad=(Together((LOCKED, _plan(1))), Together((LOCKED, _plan(366))), Together((LOCKED, _plan(0)))),
)
def retention_fits_lock(stack: Stack) -> Iterator[Answer]:
    locks = stack.of(LOCK)
    for plan in stack.of(PLAN):
        for path in plan.each("rules"):
            vault = plan.peek(f"{path}.targetVaultName")
            for lock in locks:
                name = lock.peek("backupVaultName")
                # In a preview the name of the vault may be unknown to the lock, which then depends on the vault.
                name = _name(stack, lock) if name is UNKNOWN else name
                if vault is UNKNOWN or name is UNKNOWN:
                    yield NotEvaluated(f"{plan.name}.{path}.targetVaultName")
                elif vault == name and (message := _refused(plan, f"{path}.lifecycle.deleteAfter", lock)):
                    yield plan, f"{path} {message}"


def _name(stack: Stack, lock: Member) -> object:
    sources = lock.sources.get("backupVaultName", frozenset())
    return next((one.peek("name") for one in stack.members if one.urn in sources), UNKNOWN)


def _refused(plan: Member, path: str, lock: Member) -> str:
    days, least = plan.number(path), lock.number("minRetentionDays")
    most = lock.number("maxRetentionDays")
    if days and days < least:
        return f"keeps backups {days:g} days, the vault's lock asks for {least:g}"
    if most and (days == 0 or days > most):
        return f"keeps backups {f'{days:g} days' if days else 'for ever'}, the vault's lock allows {most:g}"
    return ""
