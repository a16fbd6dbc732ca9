"""Without an owner, an environment and a cost centre nobody can be asked, billed or cleaned up after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from .._resource import UNKNOWN
from .._rule import Of, Parameter, Severity, rule
from .._tags import own_tags, tags_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .._resource import Resource, Value

REQUIRED = ("Project", "Environment", "ManagedBy", "CostCenter", "Owner")
TAGGABLE = frozenset(json.loads((Path(__file__).parents[2] / "data" / "taggable.json").read_text())["types"])
BUCKET = "aws:s3/bucket:Bucket"
ALL = dict.fromkeys(REQUIRED, "x")
VALUES = {"values": [f"{key}=x" for key in REQUIRED]}


def _added(resource: Resource) -> Mapping[str, Value] | None:
    """The missing tags that the parameter has a value for, beside the resource's own."""
    if resource.peek("tags") is UNKNOWN or resource.peek("tagsAll") is UNKNOWN:
        return None
    own, given = own_tags(resource), tags_of(resource)
    values = dict(one.split("=", 1) for one in resource.config["values"] if "=" in one)
    added = {key: values[key] for key in resource.config["required"] if key not in given and key in values}
    if not added or UNKNOWN in own.values():  # an unknown value cannot be handed back
        return None
    return {"tags": own | added}


@rule(
    id="required-tags",
    title="Every taggable resource carries the required tags",
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    fix="Set the tags once, as default tags of the provider that the resource uses.",
    sources=("FSBP:DynamoDB.5", "FSBP:Lambda.6", "aws-config:required-tags"),
    parameters={
        "required": Parameter(REQUIRED, "Keys that every taggable resource must have."),
        "values": Parameter((), "`Key=value` for each key that a remediation may add; the others stay missing."),
    },
    remedy=_added,
    ok=(
        Of({"tags": ALL}, BUCKET),
        Of({"tagsAll": ALL}, BUCKET),
        Of({}, BUCKET, provider={"defaultTags": json.dumps({"tags": ALL})}),
        Of({"tags": {"Team": "stock"}}, BUCKET, config={"required": ["Team"]}),
    ),
    bad=(
        Of({}, BUCKET, VALUES),
        Of({"tags": {"Project": "x", "project": "x"}}, BUCKET, VALUES),
        Of({"tags": ALL}, BUCKET, config={"required": ["Team"], "values": ["Team=stock"]}),
    ),
)
def required_tags(resource: Resource) -> Iterator[str]:
    given = tags_of(resource)
    missing = [key for key in resource.config["required"] if key not in given]
    if missing:
        yield f"tags are missing: {', '.join(missing)}"
