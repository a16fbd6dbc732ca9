"""Without data events a trail says who made a bucket, not who read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

TRAIL: Final = "aws:cloudtrail/trail:Trail"
OBJECTS: Final = "AWS::S3::Object"
ITEMS: Final = "AWS::DynamoDB::Table"


def _advanced(kind: str, category: str = "Data") -> dict[str, object]:
    return {
        "fieldSelectors": [
            {"field": "eventCategory", "equals": [category]},
            {"field": "resources.type", "equals": [kind]},
        ]
    }


def _basic(kind: str) -> dict[str, object]:
    return {"readWriteType": "All", "dataResources": [{"type": kind, "values": ["arn:aws:s3:::qm-data-dev/"]}]}


@rule(
    id="cloudtrail-records-data",
    title="Trails record who reads and writes data",
    applies_to=TRAIL,
    severity=Severity.MEDIUM,
    fix="Add an advanced event selector of the category Data for the type.",
    sources=(
        "trivy:AVD-AWS-0171",
        "trivy:AVD-AWS-0172",
        "prowler:cloudtrail_s3_dataevents_read_enabled",
        "prowler:cloudtrail_s3_dataevents_write_enabled",
    ),
    frameworks=("CIS AWS 3.0:3.8", "CIS AWS 3.0:3.9", "NIST 800-53:AU-12"),
    parameters={"types": Parameter((OBJECTS, ITEMS), "Types of resources, as CloudTrail calls them, to be recorded.")},
    ok=(
        {"advancedEventSelectors": [_advanced(OBJECTS), _advanced(ITEMS)]},
        {"eventSelectors": [_basic(OBJECTS), _basic(ITEMS)]},
        Of({"eventSelectors": [_basic(OBJECTS)]}, TRAIL, {"types": [OBJECTS]}),
    ),
    bad=(
        {},
        {"advancedEventSelectors": [_advanced(OBJECTS)]},
        {"advancedEventSelectors": [_advanced(OBJECTS, "Management"), _advanced(ITEMS)]},
        {"eventSelectors": [{"readWriteType": "All"}]},
        Of({"eventSelectors": [_basic(OBJECTS)]}, TRAIL, {"types": ["AWS::Lambda::Function"]}),
    ),
)
def records_data(trail: Resource) -> Iterator[str]:
    recorded = {
        trail.text(f"{path}.type")
        for selector in trail.each("eventSelectors")
        for path in trail.each(f"{selector}.dataResources")
    }
    for selector in trail.each("advancedEventSelectors"):
        fields = {
            trail.text(f"{path}.field"): {trail.text(one) for one in trail.each(f"{path}.equals")}
            for path in trail.each(f"{selector}.fieldSelectors")
        }
        if "Data" in fields.get("eventCategory", ()):
            recorded |= fields.get("resources.type", set())
    missing = [one for one in trail.config["types"] if one not in recorded]
    if missing:
        yield f"not recorded: {', '.join(missing)}"
