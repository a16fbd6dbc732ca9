"""A condition on a key that requests of the action never carry is always false.

What is so granted is not, and what is so denied is not protected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._actions import matching
from .._examples import lets, policy
from .._globs import matches
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
# What a role's session carries, whatever it calls. IAM User Guide, "AWS global condition context keys".
OF_SESSION: Final = (
    "aws:*",
    "codebuild:buildarn",
    "codebuild:projectarn",
    "ec2:roledelivery",
    "ec2:sourceinstancearn",
    "glue:credentialissuingservice",
    "glue:roleassumedby",
    "identitystore:userid",
    "lambda:sourcefunctionarn",
    "saml:*",
    "ssm:sourceinstancearn",
    "sts:*",
)
TABLE: Final = "arn:aws:dynamodb:us-east-1:000000000000:table/a"


@rule(
    id="iam-condition-key-of-action",
    title="Conditions are on keys that the action has",
    applies_to=TYPES,
    severity=Severity.HIGH,
    fix="Take a key of the action from the Service Authorization Reference, or give the action a statement of its own.",
    sources=("parliament:UNKNOWN_CONDITION_FOR_ACTION",),
    ok=(
        policy("dynamodb:GetItem", TABLE, StringEquals={"dynamodb:LeadingKeys": "${aws:PrincipalTag/tenant}"}),
        policy("kms:Decrypt", StringEquals={"kms:EncryptionContext:aws:logs:arn": "a"}),
        policy("ec2:DescribeSubnets", ArnEquals={"lambda:SourceFunctionArn": "a"}),
        policy("s3:*", NumericLessThan={"s3:TlsVersion": "1.2"}),
        policy("polly:SynthesizeSpeech", StringEquals={"polly:Voice": "a"}),
        policy("sts:AssumeRoleWithWebIdentity", StringEquals={"token.actions.githubusercontent.com:sub": "a"}),
    ),
    bad=(
        policy("dynamodb:GetItem", TABLE, StringEquals={"s3:prefix": "a"}),
        policy(["s3:ListBucket", "s3:GetObject"], StringLike={"s3:prefix": "lake/*"}),
        policy("kms:Decrypt", StringEquals={"kms:ViaServices": "s3.us-east-1.amazonaws.com"}),
        policy("dynamodb:*", TABLE, StringEquals={"dynamodb:Owner": "a"}),
        Of(lets("*", "sns:Publish", Bool={"sns:Secure": "true"}), "aws:sns/topicPolicy:TopicPolicy"),
    ),
)
def condition_key_of_action(resource: Resource) -> Iterator[Result]:
    own = OWNED.get(resource.type)
    yield from documents(resource, _judge, (own,) if own else paths(resource))


def _judge(statements: tuple[Statement, ...]) -> Iterator[Found]:
    for statement in statements:
        keys = [key for key in dict.fromkeys(key for _, key, _ in statement.conditions) if not _everywhere(key)]
        for action in statement.actions if keys else ():
            named = matching(action)
            for key in keys:
                if named and not any(matches(one, key) for each in named for one in each.keys):
                    yield Found(f"{action} {key}", f"{statement.name} asks for {key}, which {action} does not have")


def _everywhere(key: str) -> bool:
    """A key of the session, or of the token of an identity provider, whose name is that of its host."""
    return "." in key.partition(":")[0] or any(matches(one, key) for one in OF_SESSION)
