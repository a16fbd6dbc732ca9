"""A cost centre nobody books on, or an owner called TODO, is a missing tag that passes for one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .._tags import tags_of
from .required_tags import BUCKET, TAGGABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

EMPTY: Final = frozenset({"", "-", "?", "changeme", "default", "n/a", "na", "nobody", "none", "null", "tbd", "todo"})


@rule(
    id="tag-value-format",
    title="Owner and CostCenter have values that mean something",
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    fix="Write who answers for the stack, and what it is booked on, into the stack's settings.",
    sources=("aws-config:required-tags",),
    parameters={
        "owner": Parameter("", "Regular expression of the whole value of Owner; anything but a placeholder if empty."),
        "cost_center": Parameter("", "The same for CostCenter."),
    },
    ok=(
        Of({"tags": {"Owner": "supply-chain", "CostCenter": "4711"}}, BUCKET),
        Of({"tags": {"Owner": "a@example.com", "CostCenter": "4711"}}, BUCKET, {"owner": r".+@example\.com"}),
        Of({}, BUCKET),
    ),
    bad=(
        Of({"tags": {"Owner": "TODO"}}, BUCKET),
        Of({"tags": {"CostCenter": " "}}, BUCKET),
        Of({"tags": {"Owner": "me"}}, BUCKET, {"owner": r".+@example\.com"}),
        Of({"tagsAll": {"CostCenter": "shop"}}, BUCKET, {"cost_center": r"\d{4}"}),
    ),
)
def tag_value_format(resource: Resource) -> Iterator[str | NotEvaluated]:
    tags = tags_of(resource)
    for key, pattern in (("Owner", resource.config["owner"]), ("CostCenter", resource.config["cost_center"])):
        value = tags.get(key)
        if value is UNKNOWN:
            yield NotEvaluated(f"tags.{key}")
        elif not isinstance(value, str):
            continue
        elif value.strip().casefold() in EMPTY:
            yield f"{key} is {value!r}, which says nothing"
        elif pattern and not re.fullmatch(pattern, value):
            yield f"{key} {value!r} does not match {pattern}"
