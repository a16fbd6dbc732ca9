"""A signature proves who made it only while nobody else can make one: IAM alone would let every administrator sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._accounts import is_whole_account
from .._actions import covers
from .._examples import ROOT, lets
from .._identity import allowed
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource

KEY: Final = "aws:kms/key:Key"
SIGNING: Final = {"keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": "ECC_NIST_P256"}
WORKER: Final = "arn:aws:iam::000000000000:role/worker"
SIGN: Final = "kms:Sign"
EXACT: Final = ("StringEquals", "ArnEquals", "StringLike", "ArnLike")


@rule(
    id="kms-signers-named",
    title="Policies of keys that sign name who signs",
    applies_to=KEY,
    severity=Severity.HIGH,
    fix="Allow kms:Sign to a role, or to the account under a condition on aws:PrincipalArn.",
    frameworks=("NIST 800-53:AC-6", "NIST 800-53:AU-10"),
    unique=True,
    ok=(
        {},
        lets({"AWS": ROOT}, "kms:*"),  # of a key that encrypts
        SIGNING | lets({"AWS": WORKER}, SIGN),
        SIGNING | lets({"AWS": ROOT}, SIGN, ArnEquals={"aws:PrincipalArn": WORKER}),
        SIGNING | lets({"AWS": ROOT}, ["kms:GetPublicKey", "kms:Verify", "kms:PutKeyPolicy"]),
    ),
    bad=(
        SIGNING | lets({"AWS": ROOT}, "kms:*"),
        SIGNING | lets({"AWS": ROOT}, SIGN),
        SIGNING | lets({"AWS": ROOT}, SIGN, StringEquals={"kms:CallerAccount": "000000000000"}),
        SIGNING | lets({"AWS": ROOT}, SIGN, ArnLike={"aws:PrincipalArn": "*"}),
        SIGNING | lets("*", SIGN),
        {"keyUsage": "GENERATE_VERIFY_MAC"} | lets({"AWS": ROOT}, "kms:GenerateMac"),
    ),
)
def signers_named(key: Resource) -> Iterator[Result]:
    action = _MAKES.get(key.text("keyUsage"))
    if action:
        yield from allowed(key, lambda one: _judge(one, action), ("policy",))


_MAKES: Final = {"SIGN_VERIFY": SIGN, "GENERATE_VERIFY_MAC": "kms:GenerateMac"}


def _judge(statement: Statement, action: str) -> Iterator[Found]:
    if not any(covers(pattern, action) for pattern in statement.actions) or _named(statement):
        return
    for who in (one for many in statement.principals.values() for one in many):
        if who == "*" or is_whole_account(who):
            yield Found(who, f"{statement.name} allows {who} {action}, whoever of it asks")


def _named(statement: Statement) -> bool:
    """Whether a condition names the roles or users."""
    return any(
        operator in EXACT and key == "aws:principalarn" and not any("*" in value for value in values)
        for operator, key, values in statement.conditions
    )
