"""Without an owner, an environment and a cost centre nobody can be asked, billed or cleaned up after."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

REQUIRED = ("Project", "Environment", "ManagedBy", "CostCenter", "Owner")
TAGGABLE = frozenset(json.loads((Path(__file__).parents[2] / "data" / "taggable.json").read_text())["types"])
BUCKET = "aws:s3/bucket:Bucket"
ALL = dict.fromkeys(REQUIRED, "x")


@rule(
    id="required-tags",
    title="Every taggable resource carries the required tags",
    applies_to=TAGGABLE,
    severity=Severity.MEDIUM,
    fix="Set the tags once, as default tags of the provider that the resource uses.",
    sources=("CIS-AWS:1.0-tagging", "FSBP:DynamoDB.5", "FSBP:Lambda.6"),
    parameters={"required": Parameter(REQUIRED, "Keys that every taggable resource must have.")},
    ok=(
        Of({"tags": ALL}, BUCKET),
        Of({"tagsAll": ALL}, BUCKET),
        Of({}, BUCKET, provider={"defaultTags": json.dumps({"tags": ALL})}),
        Of({"tags": {"Team": "stock"}}, BUCKET, config={"required": ["Team"]}),
    ),
    bad=(
        Of({}, BUCKET),
        Of({"tags": {"Project": "x", "project": "x"}}, BUCKET),
        Of({"tags": ALL}, BUCKET, config={"required": ["Team"]}),
    ),
)
def required_tags(resource: Resource) -> Iterator[str]:
    given = {*resource.keys("tags"), *resource.keys("tagsAll"), *resource.default_tags()}
    missing = [key for key in resource.config["required"] if key not in given]
    if missing:
        yield f"tags are missing: {', '.join(missing)}"
