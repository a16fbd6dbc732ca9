"""A firewall refuses known attacks and floods before they cost anything; production asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together
from .._used import used

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._stack import Member, Stack


STAGE: Final = "aws:apigateway/stage:Stage"
ASSOCIATION: Final = "aws:wafv2/webAclAssociation:WebAclAssociation"
ONE: Final = Node(STAGE, "stage")


@stack_rule(
    id="api-stage-behind-firewall",
    title="Stages of REST APIs stand behind a web application firewall",
    severity=Severity.MEDIUM,
    fix="Add a WebAclAssociation for the stage.",
    sources=(
        "FSBP:APIGateway.4",
        "cdk-nag:AwsSolutions-APIG3",
        "checkov:CKV2_AWS_29",
        "prowler:apigateway_restapi_waf_acl_attached",
    ),
    frameworks=("NIST 800-53:AC-4(21)",),
    parameters={"required": Parameter(default=False, description="Whether stages must have one; production says yes.")},
    ok=(
        Together((ONE,)),
        Together((ONE, Node(ASSOCIATION, "wall", sources={"resourceArn": "stage"})), {"required": True}),
    ),
    bad=(
        Together((ONE,), {"required": True}),
        Together(
            (ONE, Node(STAGE, "other"), Node(ASSOCIATION, "wall", sources={"resourceArn": "other"})), {"required": True}
        ),
    ),
)
def stage_behind_firewall(stack: Stack) -> Iterator[tuple[Member, str]]:
    guarded = used(stack, ASSOCIATION, "resourceArn")
    for stage in stack.of(STAGE):
        if stage.config["required"] and stage.urn not in guarded:
            yield stage, "no WebAclAssociation is for this stage"
