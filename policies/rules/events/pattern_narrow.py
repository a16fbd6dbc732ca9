"""A pattern that every event fits calls its target for each change in the account, and bills each call."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource, Value

NARROW: Final = frozenset({"source", "detail-type", "detail", "resources"})


def _pattern(pattern: object) -> dict[str, str]:
    return {"eventPattern": json.dumps(pattern)}


@rule(
    id="events-pattern-narrow",
    title="Event rules ask for some events, not for all",
    applies_to="aws:cloudwatch/eventRule:EventRule",
    severity=Severity.MEDIUM,
    fix="Name source and detail-type in the pattern.",
    unique=True,
    ok=(
        _pattern({"source": ["aws.s3"]}),
        _pattern({"source": [{"prefix": "com.example."}], "account": ["000000000000"]}),
        _pattern({"$or": [{"source": ["a"]}, {"detail-type": ["b"]}]}),
        {"scheduleExpression": "rate(5 minutes)"},
    ),
    bad=(
        _pattern({}),
        _pattern({"account": ["000000000000"]}),
        _pattern({"source": [{"prefix": ""}]}),
        _pattern({"source": [{"wildcard": "*"}]}),
        _pattern({"source": [{"exists": True}], "detail": {}}),
        _pattern({"$or": [{"source": ["a"]}, {"region": ["us-east-1"]}]}),
        {"eventPattern": "not json"},
    ),
)
def pattern_narrow(rule: Resource) -> Iterator[str]:
    text = rule.text("eventPattern")
    if not text:
        return
    try:
        pattern = json.loads(text)
    except ValueError:
        yield "eventPattern is not JSON"
        return
    if not _narrow(pattern):
        yield "eventPattern fits every event"


def _narrow(pattern: Value) -> bool:
    if not isinstance(pattern, Mapping):
        return True  # the service refuses it
    if isinstance(pattern.get("$or"), list):
        return all(_narrow(one) for one in pattern["$or"])
    return any(key in NARROW and _says(value) for key, value in pattern.items())


def _says(value: Value) -> bool:
    if isinstance(value, Mapping):
        return any(_says(one) for one in value.values())
    return isinstance(value, list) and bool(value) and not any(_anything(one) for one in value)


def _anything(test: Value) -> bool:
    return isinstance(test, Mapping) and (
        test.get("prefix") == ""
        or test.get("suffix") == ""
        or test.get("wildcard") == "*"
        or test.get("exists") is True
    )
