"""Who has `kms:*` on a key can also delete it, and let in others; only the account itself must never be locked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._accounts import is_whole_account
from .._examples import ROOT, lets
from .._identity import allowed
from .._owners import KEYS
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


ALL: Final = ("*", "kms:*")
READER: Final = "arn:aws:iam::000000000000:role/reader"


@rule(
    id="kms-full-use-for-account-only",
    title="Nobody but the account itself has all actions on a key",
    applies_to=KEYS,
    severity=Severity.HIGH,
    fix="List what the principal does with the key, such as kms:Decrypt and kms:GenerateDataKey.",
    frameworks=("NIST 800-53:AC-6", "NIST 800-53:SC-12"),
    unique=True,
    ok=(
        {},
        lets({"AWS": ROOT}, "kms:*"),
        lets({"AWS": READER}, ["kms:Decrypt", "kms:GenerateDataKey*"]),
    ),
    bad=(
        lets({"AWS": READER}, "kms:*"),
        lets({"AWS": [ROOT, READER]}, ["*"]),
        lets({"Service": "logs.us-east-1.amazonaws.com"}, "kms:*"),
    ),
)
def full_use_for_account_only(key: Resource) -> Iterator[Result]:
    yield from allowed(key, _judge, ("policy",))


def _judge(statement: Statement) -> Iterator[Found]:
    if any(one in ALL for one in statement.actions):
        for who in (one for many in statement.principals.values() for one in many):
            if not is_whole_account(who):
                yield Found(who, f"{statement.name} allows {who} every action")
