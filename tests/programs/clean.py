"""A program in which nothing is wrong and the policies find nothing; tests add to it or spoil it.

The provider asks nothing of the cloud, so that the engine can preview it too.
"""

import json  # noqa: F401 - for what a test appends

import pulumi
import pulumi_aws as aws

tags = dict.fromkeys(("Project", "Environment", "ManagedBy", "CostCenter", "Owner"), "x")
provider = aws.Provider(
    "aws",
    region="us-east-1",
    default_tags={"tags": tags},
    skip_credentials_validation=True,
    skip_requesting_account_id=True,
    skip_metadata_api_check=True,
)
owner = pulumi.ComponentResource("tests:index:Owner", "owner")
owner.register_outputs({})
opts = pulumi.ResourceOptions(provider=provider, parent=owner)
key = aws.kms.Key("key", opts=opts)
table = aws.dynamodb.Table(
    "table",
    name="qm-state-dev",
    hash_key="pk",
    attributes=[{"name": "pk", "type": "S"}],
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
    point_in_time_recovery={"enabled": True},
    opts=opts,
)
logs = aws.cloudwatch.LogGroup("logs", name="/aws/lambda/qm-api-dev", retention_in_days=7, opts=opts)
