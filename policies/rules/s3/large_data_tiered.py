"""Data that is read for a week and kept for years costs half as much in a class that moves it by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._buckets import kinds
from .._rule import Enforcement, Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TYPES = kinds("bucketLifecycleConfiguration")
MOVE = {"transitions": [{"days": 30, "storageClass": "INTELLIGENT_TIERING"}]}
LAKE = {"status": "Enabled", "filter": {"prefix": "lake/"}}


@rule(
    id="s3-large-data-tiered",
    title="Lifecycles move large data to a cheaper class",
    applies_to=TYPES,
    severity=Severity.LOW,
    fix="Add a transition to INTELLIGENT_TIERING to the rule of the prefix.",
    parameters={"prefixes": Parameter(("lake/",), "Prefixes under which much data is kept for long.")},
    enforcement=Enforcement.ADVISORY,
    ok=(
        {"rules": [LAKE | MOVE]},
        {"rules": [{"status": "Enabled", "filter": {"prefix": "results/"}}]},
        {"rules": [LAKE, LAKE | MOVE]},
        Of({"rules": [LAKE]}, TYPES[1], {"prefixes": []}),
    ),
    bad=({"rules": [LAKE]}, {"rules": [LAKE | MOVE | {"status": "Disabled"}]}, {"rules": [LAKE | {"transitions": []}]}),
)
def large_data_tiered(lifecycle: Resource) -> Iterator[str]:
    rules = {path: lifecycle.text(f"{path}.filter.prefix") for path in lifecycle.each("rules")}
    for prefix in lifecycle.config["prefixes"]:
        own = [path for path, given in rules.items() if given == prefix]
        if own and not any(
            lifecycle.text(f"{path}.status") == "Enabled" and any(lifecycle.each(f"{path}.transitions")) for path in own
        ):
            yield f"no enabled rule moves {prefix!r} to a cheaper class"
