"""A misspelt action grants nothing, which shows when the code is refused; in a `Deny` it protects nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import is_covered, is_service, matching
from .._examples import allows, document, policy
from .._identity import IDENTITY, documents, paths
from .._owners import OWNED
from .._resource import Found
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


TYPES: Final = (*IDENTITY, *OWNED)


@rule(
    id="iam-action-exists",
    title="IAM documents name actions that AWS has",
    applies_to=TYPES,
    severity=Severity.HIGH,
    fix="Look the action up in the Service Authorization Reference.",
    sources=("cfn-lint:W3037", "parliament:UNKNOWN_ACTION", "parliament:UNKNOWN_PREFIX"),
    ok=(
        policy(["s3:GetObject", "S3:getobject", "s3:Get*", "*", "polly:SynthesizeSpeech"]),
        Of({"bucket": "data"}, "aws:s3/bucket:Bucket"),
    ),
    bad=(
        policy("s3:ReadObject"),
        policy("s3:Read*"),
        policy("dynamo:GetItem"),
        policy("GetObject"),
        {"policy": document({"Effect": "Deny", "Action": ["s3:RemoveBucket"], "Resource": "*"})},
        {"policy": document({"Effect": "Deny", "NotAction": ["s3:RemoveBucket"], "Resource": "*"})},
        Of({"policy": document(allows("sqs:Send"))}, "aws:sqs/queuePolicy:QueuePolicy"),
    ),
)
def action_exists(resource: Resource) -> Iterator[Result]:
    own = OWNED.get(resource.type)
    yield from documents(resource, _judge, (own,) if own else paths(resource))


def _judge(statements: tuple[Statement, ...]) -> Iterator[Found]:
    for statement in statements:
        for action in (*statement.actions, *(statement.not_actions or ())):
            service = action.partition(":")[0]
            if service == "*" or (is_service(service) and not is_covered(service)):
                continue
            if not is_service(service):
                yield Found(action, f"{statement.name} names {action!r}, and AWS has no service {service!r}")
            elif not matching(action):
                yield Found(action, f"{statement.name} names {action!r}, which AWS does not have")
