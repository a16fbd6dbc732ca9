"""A key that everybody may use decrypts for everybody who gets hold of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import ACCOUNT, ROOT, document, lets
from .._identity import allowed
from .._owners import KEYS
from .._resource import Found
from .._rule import Severity, rule
from .._scope import fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


CALLER: Final = "kms:calleraccount"


@rule(
    id="kms-key-not-public",
    title="Key policies let in nobody unknown",
    applies_to=KEYS,
    severity=Severity.CRITICAL,
    fix="Name the principals, or add a condition such as kms:CallerAccount.",
    sources=("FSBP:KMS.5", "checkov:CKV_AWS_33", "prowler:kms_key_not_publicly_accessible"),
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        {},
        lets({"AWS": ROOT}, "kms:Decrypt"),
        lets("*", "kms:Decrypt", StringEquals={"kms:CallerAccount": ACCOUNT}),
        lets("*", "kms:Decrypt", StringEquals={"aws:PrincipalOrgID": "o-1"}),
        {"policy": document({"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*"})},
    ),
    bad=(
        lets("*", "kms:Decrypt"),
        lets({"AWS": "*"}, "kms:*"),
        lets("*", "kms:Decrypt", StringEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"}),
        lets("*", "kms:Decrypt", StringLike={"kms:CallerAccount": "*"}),
    ),
)
def key_not_public(key: Resource) -> Iterator[Result]:
    yield from allowed(key, _judge, ("policy",))


def _judge(statement: Statement) -> Iterator[Found]:
    if statement.everyone and not statement.restricted and not fixed(statement, CALLER):
        yield Found("*", f"{statement.name} allows everybody {statement.granted}")
