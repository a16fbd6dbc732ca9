"""What stands before the API: a web application firewall with AWS's rules, limits of our own, and a log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pulumi
import pulumi_aws as aws

from .firewall_rules import INSPECTED_KB, rules, visibility
from .naming import Kind

if TYPE_CHECKING:
    from .naming import Names

_REDACTED: Final = ("authorization", "cookie", "x-api-key")
# What is allowed without a remark is in the API's access log already.
_LOGGED: Final = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    names: Names
    stage_arn: pulumi.Input[str]
    throttle: int  # requests a second that the API answers
    retention_days: int
    logs_key: pulumi.Input[str]  # ARN


class Edge(pulumi.ComponentResource):
    """A regional web ACL before the stage: what no rule refuses passes, and what one refuses or counts is logged.

    Monitoring takes the ACL's name for its metrics.
    """

    acl: str  # name of the web ACL; known before it exists
    arn: pulumi.Output[str]

    def __init__(self, name: str, args: EdgeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("quartermaster:edge:Edge", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.acl = args.names.name(Kind.WEB_ACL, "edge")
        acl = aws.wafv2.WebAcl(
            f"{name}-acl",
            name=self.acl,
            description="Before the API of the agents",
            scope="REGIONAL",
            default_action={"allow": {}},  # the API's authoriser asks everybody who passes for a token
            rules=rules(self.acl, args.throttle),
            association_config={
                "request_bodies": [{"api_gateway": {"default_size_inspection_limit": f"KB_{INSPECTED_KB}"}}]
            },
            visibility_config=visibility(self.acl),
            opts=child,
        )
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=args.names.name(Kind.WAF_LOG_GROUP, "edge"),
            retention_in_days=args.retention_days,
            kms_key_id=args.logs_key,
            opts=child,
        )
        # The service lets itself write to the group; an account has ten such resource policies for all its stacks.
        aws.wafv2.WebAclLoggingConfiguration(
            f"{name}-logging",
            resource_arn=acl.arn,
            log_destination_configs=[logs.arn],
            redacted_fields=[{"single_header": {"name": header}} for header in _REDACTED],
            logging_filter={
                "default_behavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "requirement": "MEETS_ANY",
                        "conditions": [{"action_condition": {"action": action}} for action in _LOGGED],
                    }
                ],
            },
            opts=child,
        )
        aws.wafv2.WebAclAssociation(f"{name}-association", resource_arn=args.stage_arn, web_acl_arn=acl.arn, opts=child)
        self.arn = acl.arn
        self.register_outputs({"arn": self.arn})
