"""A secret that is never replaced is still good for whoever copied it years ago."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, stack_rule
from .._siblings import Bond, lacking
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import NotEvaluated
    from .._stack import Member, Stack


SECRET: Final = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a type
ROTATION: Final = "aws:secretsmanager/secretRotation:SecretRotation"
BOND: Final = Bond(owners={SECRET: "name"}, siblings={ROTATION: "secretId"})
KEY: Final = Node(SECRET, "key", {"name": "qm/dev/key"})
ON: Final = {"rotationEnabled": True}


@stack_rule(
    id="secretsmanager-rotates",
    title="Every secret is replaced by itself",
    severity=Severity.MEDIUM,
    fix="Add a SecretRotation with a function that replaces the secret.",
    sources=(
        "cdk-nag:AwsSolutions-SMG4",
        "FSBP:SecretsManager.1",
        "checkov:CKV2_AWS_57",
        "prowler:secretsmanager_automatic_rotation_enabled",
    ),
    frameworks=("NIST 800-53:AC-2(1)", "PCI DSS 4.0.1:8.3.9", "PCI DSS 4.0.1:8.6.3"),
    ok=(
        Together(()),
        Together((KEY, Node(ROTATION, "rotation", {"rotationLambdaArn": "a"}, {"secretId": "key"}))),
        Together((KEY, Node(ROTATION, "rotation", ON | {"secretId": "qm/dev/key"}))),
    ),
    bad=(
        Together((KEY,)),
        Together((KEY, Node(SECRET, "other"), Node(ROTATION, "rotation", ON, {"secretId": "key"}))),
        Together((KEY, Node(ROTATION, "rotation", {"rotationEnabled": False}, {"secretId": "key"}))),
    ),
)
def rotates(stack: Stack) -> Iterator[tuple[Member, str] | NotEvaluated]:
    yield from lacking(stack, BOND, _rotates, "the secret is not replaced by itself")


def _rotates(one: Member) -> bool:
    return one.type == ROTATION and one.known("rotationEnabled") not in (False, "false")
