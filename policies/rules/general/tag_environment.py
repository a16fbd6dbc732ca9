"""A resource that says another environment is billed, searched and cleaned up with that one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from .._resource import UNKNOWN, NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .._tags import tags_of
from .required_tags import BUCKET, TAGGABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

DEV: Final = {"environment": "dev"}


@rule(
    id="tag-environment",
    title="The tag Environment is the stack's name",
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    fix="Take the tag from the stack's settings, as a default tag of the provider.",
    unique=True,
    parameters={"environment": Parameter("", "What the tag must be; the stack's name when empty.")},
    ok=(
        Of({"tagsAll": {"Environment": "dev"}}, BUCKET),  # the examples' stack
        Of({}, BUCKET),  # for `required-tags` to find
        Of({}, BUCKET, {"environment": "prod"}, {"defaultTags": json.dumps({"tags": {"Environment": "prod"}})}),
    ),
    bad=(
        Of({"tags": {"Environment": "prod"}}, BUCKET, DEV),
        Of({"tagsAll": {"Environment": "Dev"}}, BUCKET),
        Of({"tagsAll": {"Environment": "dev"}, "tags": {"Environment": ""}}, BUCKET, DEV),
        Of({"tags": {}}, BUCKET, DEV, {"defaultTags": json.dumps({"tags": {"Environment": "prod"}})}),
    ),
)
def tag_environment(resource: Resource) -> Iterator[str | NotEvaluated]:
    given = tags_of(resource).get("Environment")
    wanted = resource.config["environment"] or resource.stack
    if given is UNKNOWN:
        yield NotEvaluated("tags.Environment")
    elif given is not None and given != wanted:
        yield f"Environment is {given!r}, the stack is {wanted!r}"
