"""All functions of the contract with everything that a role can need: a model behind a guardrail, traces, a VPC."""

import pulumi
import pulumi_aws as aws

from agents.contract import FUNCTIONS
from components.arns import Arns
from components.grants import Estate
from components.naming import Names
from components.runtime import AgentRuntime, AgentRuntimeArgs, FunctionNetwork
from components.sections import LambdaResources

names = Names(prefix="qm", environment=pulumi.get_stack(), account="123456789012", region="us-east-1")
arns = Arns(region=names.region, account=names.account)
provider = aws.Provider("aws", region=names.region, allowed_account_ids=[names.account])
runtime = AgentRuntime(
    "runtime",
    AgentRuntimeArgs(
        estate=Estate(
            names=names,
            arns=arns,
            tables={one: f"qm-{one}-dev" for one in ("configuration", "conversation", "audit")},
            bucket="qm-data-dev",
            results_bucket="qm-results-dev",
            audit_bucket="qm-audit-dev",
            database="qm_lake_dev",
            workgroup="qm-gateway-dev",
            keys={one: f"qm-{one}-dev" for one in ("audit", "data", "delegation", "logs", "messages")},
            model="us.anthropic.claude-x",
            guarded=True,
        ),
        packages={function.name: pulumi.AssetArchive({}) for function in FUNCTIONS},
        values={name: name for function in FUNCTIONS for name in function.environment},
        python="3.13",
        size=LambdaResources(),
        reserved_concurrency=None,
        retention_days=7,
        data_key="arn:aws:kms:us-east-1:123456789012:key/data",
        logs_key="arn:aws:kms:us-east-1:123456789012:key/logs",
        messages_key="arn:aws:kms:us-east-1:123456789012:key/messages",
        tracing=True,
        boundary="",
        network=FunctionNetwork(subnet_ids=["subnet-1"], security_group_id="sg-1"),
    ),
    pulumi.ResourceOptions(provider=provider),
)
