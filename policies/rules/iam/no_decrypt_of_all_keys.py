"""Who may decrypt with every key can read whatever any service of the account has encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import covers
from .._examples import policy
from .._identity import IDENTITY, allowed
from .._resource import Found
from .._rule import Severity, rule
from .._scope import limited, reaches_all

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


DECRYPTS: Final = ("kms:Decrypt", "kms:ReEncryptFrom")
FEWER: Final = ("kms:viaservice", "kms:requestalias", "kms:encryptioncontext:*")
ALL: Final = ("*", "*:*")  # `iam-no-full-access` says that
KEYS: Final = "arn:aws:kms:us-east-1:000000000000:key/*"


@rule(
    id="iam-no-decrypt-of-all-keys",
    title="Decryption is allowed with named keys, or through a named service",
    applies_to=IDENTITY,
    severity=Severity.HIGH,
    fix="Name the keys by ARN or kms:ResourceAliases, or add kms:ViaService.",
    sources=("FSBP:KMS.1", "FSBP:KMS.2", "prowler:iam_policy_no_kms_decryption_actions"),
    frameworks=("NIST 800-53:AC-3(7)", "NIST 800-53:AC-6"),
    ok=(
        policy("kms:Decrypt", "arn:aws:kms:us-east-1:000000000000:key/1"),
        policy("kms:Decrypt", KEYS, ForAnyValue__StringEquals={"kms:ResourceAliases": "alias/qm-data-dev"}),
        policy("kms:Decrypt", KEYS, StringEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"}),
        policy("kms:DescribeKey", KEYS),
    ),
    bad=(
        policy("kms:Decrypt"),
        policy("kms:*", KEYS),
        policy(["kms:ReEncrypt*"], KEYS),
        policy("kms:Decrypt", KEYS, StringLike={"kms:ViaService": "*"}),
        policy("kms:Decrypt", KEYS, StringNotEquals={"kms:ViaService": "s3.us-east-1.amazonaws.com"}),
    ),
)
def no_decrypt_of_all_keys(resource: Resource) -> Iterator[Result]:
    yield from allowed(resource, _judge)


def _judge(statement: Statement) -> Iterator[Found]:
    if not reaches_all(statement) or limited(statement, FEWER):
        return
    for wanted in DECRYPTS:
        if any(one not in ALL and covers(one, wanted) for one in statement.actions):
            yield Found(wanted, f"{statement.name} allows {wanted} with every key")
