"""Too many or too long tags fail in the middle of a deployment; here they fail before it.

Limits: AWS General Reference, 'Tag naming limits and requirements'.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._tags import tags_of
from .required_tags import BUCKET, TAGGABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

MOST: Final = 50
KEY: Final = 128
VALUE: Final = 256
ALLOWED: Final = re.compile(r"[\w\s.:/=+@-]*")  # letters of any script


@rule(
    id="tag-limits",
    title="Tags keep to the limits of AWS",
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    fix="Use at most 50 tags, keys of 1 to 128 and values of up to 256 letters, digits, spaces and _.:/=+-@.",
    unique=True,
    ok=(
        Of({"tags": {f"key{n}": "a@b.c" for n in range(MOST)}}, BUCKET),
        Of({"tags": {"k" * KEY: "v" * VALUE, "Größe": ""}}, BUCKET),
    ),
    bad=(
        Of({"tags": {f"key{n}": "a" for n in range(MOST + 1)}}, BUCKET),
        Of({"tags": {"k" * (KEY + 1): "a"}}, BUCKET),
        Of({"tags": {"": "a"}}, BUCKET),
        Of({"tags": {"key": "v" * (VALUE + 1), "a;b": "a"}}, BUCKET),
        Of({"tags": {"who?": "a"}}, BUCKET),
    ),
)
def tag_limits(resource: Resource) -> Iterator[str]:
    tags = tags_of(resource)
    if len(tags) > MOST:
        yield f"{len(tags)} tags, {MOST} are allowed"
    for key, value in tags.items():
        if not 1 <= len(key) <= KEY:
            yield f"the tag key {key[:20]!r} has {len(key)} characters, 1 to {KEY} are allowed"
        if isinstance(value, str) and len(value) > VALUE:
            yield f"the tag {key!r} has {len(value)} characters, {VALUE} are allowed"
        if not ALLOWED.fullmatch(key) or (isinstance(value, str) and not ALLOWED.fullmatch(value)):
            yield f"the tag {key!r} has a character that is not allowed"
