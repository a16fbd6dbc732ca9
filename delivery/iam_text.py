"""The report of `qm iam` for a terminal: role by role, statement by statement."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .iam_report import Difference, Grant, Report


def text(report: Report) -> str:
    """The report without colour; what is wrong last, where it is seen."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    for (role, function), of_role in groupby(report.grants, key=lambda one: (one.role, one.function)):
        yield f"{role}  {f'of the function {function}' if function else 'of a service'}"
        for _, grants in groupby(of_role, key=lambda one: one.statement):
            yield from _statement(tuple(grants))
        yield ""
    excused = [one for one in report.differences if one.excuse]
    if excused:
        yield "Differences between grants and code that are right:"
        yield from (_difference(one) for one in excused)
        yield ""
    if report.wrong:
        yield "Differences between grants and code:"
        yield from (_difference(one) for one in report.wrong)
        yield ""
    roles = len({one.role for one in report.grants})
    yield f"{report.stack}: {len(report.grants)} grants of {roles} roles, {len(report.wrong)} unexplained differences"
    yield (
        "Next: mend components/grants.py, or say in delivery/data/iam_exceptions.toml why it is right"
        if report.wrong
        else f"Next: qm plan --stack {report.stack}"
    )


def _statement(grants: Sequence[Grant]) -> Iterator[str]:
    """Where and when once, then each action with its reasons; a reason of all of them once."""
    first = grants[0]
    yield f"  {first.statement}{'  (denied)' if first.effect == 'Deny' else ''}"
    yield from (f"    on    {resource}" for resource in first.resources)
    yield from (f"    when  {condition}" for condition in _conditions(first.condition))
    if len({one.why for one in grants}) == 1 and len(grants) > 1:
        yield from (f"    why   {why}" for why in first.why)
        yield from (f"    {one.action}" for one in grants)
        return
    width = max(len(one.action) for one in grants)
    for one in grants:
        for place, why in enumerate(one.why):
            yield f"    {'' if place else one.action:<{width}}  {why}"


def _conditions(condition: Mapping[str, object]) -> Iterator[str]:
    """`StringEquals kms:ViaService: a, b`, one for each key."""
    for operator, keys in condition.items():
        for key, value in keys.items() if isinstance(keys, dict) else ():
            values = value if isinstance(value, list) else [value]
            yield f"{operator} {key}: {', '.join(one if isinstance(one, str) else json.dumps(one) for one in values)}"


def _difference(one: Difference) -> str:
    words = "is granted, and no code needs it" if one.kind == "granted" else "is needed, and not granted"
    return f"  {one.function}: {one.action} {words} ({one.why}){f': {one.excuse}' if one.excuse else ''}"
