"""AWS keeps some names and beginnings of names for itself, and says so only when the resource is made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._names import BUCKET, KEY_ALIAS, NAMES, ROLE
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
PARAMETER: Final = "aws:ssm/parameter:Parameter"
BUS: Final = "aws:cloudwatch/eventBus:EventBus"
# Each service's user guide, where it names what a customer's resource may not be called.
RESERVED: Final = {
    BUCKET: re.compile(
        r"(?:xn--|sthree-|amzn-s3-demo-).*|.*(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)|(?:\d{1,3}\.){3}\d{1,3}"
    ),
    KEY_ALIAS: re.compile(r"alias/aws/.*"),
    PARAMETER: re.compile(r"/?(?:aws|ssm).*", re.IGNORECASE),
    ROLE: re.compile(r"AWSServiceRoleFor.*|AWSReservedSSO_.*"),
    GROUP: re.compile(r"sg-.*|default"),
    BUS: re.compile(r"default|aws\.(?!partner/).*"),
    "aws:athena/workgroup:Workgroup": re.compile(r"primary"),
    "aws:scheduler/scheduleGroup:ScheduleGroup": re.compile(r"default"),
}


@rule(
    id="name-reserved",
    title="No physical name is one that AWS keeps for itself",
    applies_to=tuple(RESERVED),
    severity=Severity.MEDIUM,
    fix="Begin the name with the project's prefix.",
    unique=True,
    ok=(
        Of({"bucket": "qm-data-dev"}, BUCKET),
        Of({"name": "alias/aws-like"}, KEY_ALIAS),
        Of({"name": "/qm/dev/aws"}, PARAMETER),
        Of({}, GROUP),
    ),
    bad=(
        Of({"bucket": "sthree-data"}, BUCKET),
        Of({"bucket": "qm-data-s3alias"}, BUCKET),
        Of({"bucket": "192.168.5.4"}, BUCKET),
        Of({"name": "alias/aws/s3"}, KEY_ALIAS),
        Of({"name": "/aws/qm"}, PARAMETER),
        Of({"name": "AWSServiceRoleForSupport"}, ROLE),
        Of({"name": "default"}, GROUP),
        Of({"name": "default"}, BUS),
    ),
)
def name_reserved(resource: Resource) -> Iterator[str]:
    key = NAMES[resource.type].key if resource.type in NAMES else "name"
    name = resource.text(key)
    if RESERVED[resource.type].fullmatch(name):
        yield f"{key} {name!r} is reserved"
