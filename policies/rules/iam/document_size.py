"""IAM refuses a document that is too long when half of the stack is made; the length is known before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import allows, document, trust
from .._identity import GROUP_POLICY, IDENTITY, POLICY, ROLE, ROLE_POLICY, USER_POLICY, paths
from .._owners import KEYS, OWNED, SECRETS, TRUST
from .._resource import NotEvaluated, NotKnownError
from .._rule import Of, Severity, rule
from .._sizes import size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._identity import Result
    from .._resource import Resource


# Characters without white space. IAM User Guide, "IAM and AWS STS quotas"; for resources the services' own quotas.
LIMITS: Final = {
    POLICY: 6_144,
    ROLE_POLICY: 10_240,
    ROLE: 10_240,
    GROUP_POLICY: 5_120,
    USER_POLICY: 2_048,
    **dict.fromkeys(KEYS, 32_768),
    **dict.fromkeys(SECRETS, 20_480),
    "aws:s3/bucketPolicy:BucketPolicy": 20_480,
}
TRUSTED: Final = 2_048  # of a trust policy, unless AWS has raised it


def _long(characters: int) -> str:
    return document(allows("s3:GetObject", f"arn:aws:s3:::{'x' * characters}"))


@rule(
    id="iam-document-size",
    title="Each document is as long as AWS takes it",
    applies_to=(*IDENTITY, *(one for one in LIMITS if one not in IDENTITY)),
    severity=Severity.HIGH,
    fix="Name resources by one pattern instead of many, or split the document between two managed policies.",
    unique=True,
    ok=(
        {"policy": _long(10_000)},
        Of({"policy": _long(6_000)}, POLICY),
        Of(trust({"Service": "lambda.amazonaws.com"}), ROLE),
        Of({}, "aws:kms/key:Key"),
    ),
    bad=(
        {"policy": _long(10_240)},
        Of({"policy": _long(6_144)}, POLICY),
        Of({"policy": _long(2_048)}, USER_POLICY),
        Of({"policy": {"Statement": {"Effect": "Allow", "Sid": "x" * 6_144}}}, POLICY),
        Of(trust({"AWS": "a" * 2_048}), ROLE),
        Of({"policy": _long(32_768)}, "aws:kms/key:Key"),
    ),
)
def document_size(resource: Resource) -> Iterator[Result]:
    limits = dict.fromkeys([OWNED[resource.type]] if resource.type in OWNED else paths(resource), LIMITS[resource.type])
    if resource.type == ROLE:
        limits[TRUST] = TRUSTED
    for path, most in limits.items():
        try:
            found = size(resource.known(path))
        except NotKnownError as error:
            yield NotEvaluated(error.path)
            continue
        if found > most:
            yield f"{path} has {found} characters, {most} are taken"
