"""AWS widens its managed policies as services grow, and none knows which table or bucket is ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._attachments import ATTACHING, attached, aws_managed
from .._identity import ROLE
from .._resource import Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._identity import Result
    from .._resource import Resource


AWS: Final = "arn:aws:iam::aws:policy/"


@rule(
    id="iam-no-aws-managed-policy",
    title="No policy that AWS keeps is attached",
    applies_to=ATTACHING,
    severity=Severity.MEDIUM,
    fix="Write a policy with the actions that are needed.",
    sources=("cdk-nag:AwsSolutions-IAM4",),
    frameworks=("NIST 800-53:AC-6",),
    parameters={"but": Parameter((), "Names of AWS managed policies that may be attached.")},
    ok=(
        {"policyArn": "arn:aws:iam::000000000000:policy/reader"},
        Of({"policyArn": f"{AWS}ReadOnlyAccess"}, config={"but": ["ReadOnlyAccess"]}),
        Of({}, ROLE),
    ),
    bad=(
        {"policyArn": f"{AWS}ReadOnlyAccess"},
        Of({"managedPolicyArns": [f"{AWS}service-role/AWSLambdaBasicExecutionRole"]}, ROLE),
    ),
)
def no_aws_managed_policy(resource: Resource) -> Iterator[Result]:
    for one in attached(resource):
        if isinstance(one, NotEvaluated):
            yield one
        elif (named := aws_managed(one)) and named not in resource.config["but"]:
            yield Found(named, f"{named} is attached, which AWS changes as it likes")
