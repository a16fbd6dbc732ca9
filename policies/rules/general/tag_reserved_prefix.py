"""AWS refuses keys that begin with `aws:` only when the resource is made, after others were."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Severity, rule
from .._tags import tags_of
from .required_tags import BUCKET, TAGGABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="tag-reserved-prefix",
    title="No tag key begins with aws:",
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    fix="Choose another key: AWS keeps this prefix for itself.",
    unique=True,
    ok=(Of({"tags": {"awsome": "a", "team:aws:name": "b"}}, BUCKET), Of({}, BUCKET)),
    bad=(Of({"tags": {"aws:name": "a"}}, BUCKET), Of({"tagsAll": {"AWS:cost": "a"}}, BUCKET)),
)
def tag_reserved_prefix(resource: Resource) -> Iterator[str]:
    for key in tags_of(resource):
        if key.casefold().startswith("aws:"):
            yield f"the tag key {key!r} is reserved"
