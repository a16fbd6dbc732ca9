"""Without a policy of its own a key gives every administrator of the account every action on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._joined import any_joined
from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together
from .._used import given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


KEY: Final = "aws:kms/key:Key"
POLICY: Final = "aws:kms/keyPolicy:KeyPolicy"
TEXT: Final = {"policy": "{}"}


@stack_rule(
    id="kms-key-policy-set",
    title="Every key has a policy of its own",
    severity=Severity.MEDIUM,
    fix="Set policy, or add a KeyPolicy.",
    sources=("checkov:CKV2_AWS_64",),
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        Together(()),
        Together((Node(KEY, "data", TEXT),)),
        Together((Node(KEY, "data"), Node(POLICY, "policy", TEXT | {"keyId": "1"}, {"keyId": "data"}))),
    ),
    bad=(
        Together((Node(KEY, "data"),)),
        Together((Node(KEY, "data"), Node(KEY, "logs", TEXT), Node(POLICY, "policy", TEXT, {"keyId": "logs"}))),
    ),
)
def key_policy_set(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    for key in stack.of(KEY):
        own = given(key, "policy")
        beside = any_joined(stack.of(POLICY), "keyId", key, "keyId", "arn")
        if True in (own, beside):
            continue
        if own is None:
            yield NotEvaluated(f"{key.name}.policy")
        elif beside is None:
            yield NotEvaluated(f"{key.name}.keyId")
        else:
            yield key, "the key has no policy of its own"
