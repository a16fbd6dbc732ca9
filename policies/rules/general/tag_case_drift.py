"""`CostCenter`, `costcenter` and `cost-center` are three tags: each report by one of them misses the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule
from .._tags import tags_of
from .required_tags import BUCKET, REQUIRED, TAGGABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="tag-case-drift",
    title="No two tag keys differ only in case or separators",
    applies_to=TAGGABLE,
    severity=Severity.LOW,
    fix="Spell each key one way, that of the required tags.",
    unique=True,
    parameters={"spelled": Parameter(REQUIRED, "Keys whose spelling is settled.")},
    ok=(
        Of({"tags": {"CostCenter": "a", "Name": "b"}}, BUCKET),
        Of({"tags": {"cost-center": "a"}}, BUCKET, {"spelled": ["Team"]}),
    ),
    bad=(
        Of({"tags": {"CostCenter": "a", "costcenter": "b"}}, BUCKET),
        Of({"tags": {"cost-center": "a"}}, BUCKET),
        Of({"tagsAll": {"Team": "a"}, "tags": {"team": "b"}}, BUCKET, {"spelled": []}),
    ),
)
def tag_case_drift(resource: Resource) -> Iterator[str]:
    seen = {_folded(key): key for key in resource.config["spelled"]}
    for key in tags_of(resource):
        other = seen.setdefault(_folded(key), key)
        if other != key:
            yield f"the tag {key!r} is spelled {other!r} elsewhere"


def _folded(key: str) -> str:
    return "".join(one for one in key.casefold() if one.isalnum()) or key
