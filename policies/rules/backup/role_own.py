"""The role that AWS offers for backups may read and restore everything in the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._backups import SELECTION
from .._resource import UNKNOWN, NotEvaluated
from .._rule import Severity, stack_rule
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

ROLE: Final = "aws:iam/role:Role"
ATTACHED: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
TESTS: Final = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
MANAGED: Final = ":iam::aws:policy/"
OWN: Final = Node(ROLE, "role", {"name": "qm-backup-dev"})
USED: Final = Node(SELECTION, "selection", {}, {"iamRoleArn": "role"})
POLICY: Final = "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
DEFAULT: Final = "arn:aws:iam::000000000000:role/service-role/AWSBackupDefaultServiceRole"


@stack_rule(
    id="backup-role-own",
    title="Backups run as a role of ours, without a policy of AWS",
    severity=Severity.MEDIUM,
    fix="Make a role whose own policy names the resources of the selection.",
    unique=True,
    frameworks=("NIST 800-53:AC-6",),
    ok=(
        Together((OWN, USED)),
        Together((Node(SELECTION, "selection", {"iamRoleArn": "arn:aws:iam::000000000000:role/qm-backup-dev"}),)),
        Together(
            (OWN, USED, Node(ATTACHED, "a", {"policyArn": "arn:aws:iam::000000000000:policy/qm"}, {"role": "role"}))
        ),
    ),
    bad=(
        Together((Node(SELECTION, "selection", {"iamRoleArn": DEFAULT}),)),
        Together((Node(TESTS, "selection", {"iamRoleArn": DEFAULT}),)),
        Together((OWN, USED, Node(ATTACHED, "attached", {"policyArn": POLICY}, {"role": "role"}))),
        Together((Node(ROLE, "role", {"managedPolicyArns": [POLICY]}), USED)),
    ),
)
def role_own(stack: Stack) -> Iterator[Answer]:
    roles = {one.urn: one for one in stack.of(ROLE)}
    attached = [(one.sources.get("role", frozenset()), one) for one in stack.of(ATTACHED)]
    for kind in (SELECTION, TESTS):
        for selection in stack.of(kind):
            own = selection.sources.get("iamRoleArn", frozenset()) & set(roles)
            arn = selection.peek("iamRoleArn")
            if arn is UNKNOWN and not own:
                yield NotEvaluated(f"{selection.name}.iamRoleArn")
            elif isinstance(arn, str) and arn.endswith("/AWSBackupDefaultServiceRole"):
                yield selection, "it runs as AWSBackupDefaultServiceRole"
            for urn in sorted(own):
                given = [(roles[urn], path) for path in roles[urn].each("managedPolicyArns")]
                given += [(one, "policyArn") for used, one in attached if urn in used]
                for one, path in given:
                    policy = one.peek(path)
                    if policy is UNKNOWN:
                        yield NotEvaluated(f"{one.name}.{path}")
                    elif isinstance(policy, str) and MANAGED in policy:
                        yield selection, f"its role has {policy.rpartition('/')[2]} of AWS"
