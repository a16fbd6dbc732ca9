"""AWS's own metrics that alarms and dashboards look at: namespace, name, dimensions and the statistic that says most.

The names are those of each service's page of metrics. A dimension whose value does not depend on the stack has it here;
the others are filled in by whoever knows the resource.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class AwsMetric:
    """A metric that AWS emits. `dimensions` are to be filled in, `fixed` are given; `unit` is CloudWatch's."""

    namespace: str
    name: str
    dimensions: tuple[str, ...]
    statistic: str
    unit: str
    fixed: Mapping[str, str] = field(default_factory=dict)


def _of(
    namespace: str, dimensions: tuple[str, ...], fixed: Mapping[str, str], *metrics: tuple[str, str, str]
) -> dict[str, AwsMetric]:
    return {
        name: AwsMetric(
            namespace=namespace, name=name, dimensions=dimensions, statistic=statistic, unit=unit, fixed=fixed
        )
        for name, statistic, unit in metrics
    }


# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# With `Resource` (`name:alias`) beside FunctionName each is that of an alias.
LAMBDA: Final = _of(
    "AWS/Lambda",
    ("FunctionName",),
    {},
    ("Invocations", "Sum", "Count"),
    ("Errors", "Sum", "Count"),
    ("Throttles", "Sum", "Count"),
    ("Duration", "p99", "Milliseconds"),
    ("ConcurrentExecutions", "Maximum", "Count"),
    ("DeadLetterErrors", "Sum", "Count"),  # an event that reached neither the function nor its queue
    ("DestinationDeliveryFailures", "Sum", "Count"),
    ("AsyncEventsDropped", "Sum", "Count"),
    ("AsyncEventAge", "Maximum", "Milliseconds"),
)
LAMBDA_PROVISIONED: Final = _of(
    "AWS/Lambda",
    ("FunctionName", "Resource"),
    {},
    ("ProvisionedConcurrencyUtilization", "Maximum", "Percent"),
    ("ProvisionedConcurrencySpilloverInvocations", "Sum", "Count"),
)

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
# A series is there only once it was not zero: alarms treat what is missing as fine.
DYNAMODB: Final = _of(
    "AWS/DynamoDB",
    ("TableName",),
    {},
    ("ConsumedReadCapacityUnits", "Sum", "Count"),
    ("ConsumedWriteCapacityUnits", "Sum", "Count"),
    ("ReadThrottleEvents", "Sum", "Count"),
    ("WriteThrottleEvents", "Sum", "Count"),
    ("ConditionalCheckFailedRequests", "Sum", "Count"),
    ("TransactionConflict", "Sum", "Count"),
)
DYNAMODB_OPERATION: Final = _of(
    "AWS/DynamoDB",
    ("TableName", "Operation"),
    {},
    ("ThrottledRequests", "Sum", "Count"),
    ("SystemErrors", "Sum", "Count"),
    ("SuccessfulRequestLatency", "p99", "Milliseconds"),
)

# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html (REST APIs)
API_GATEWAY: Final = _of(
    "AWS/ApiGateway",
    ("ApiName", "Stage"),
    {},
    ("Count", "Sum", "Count"),
    ("4XXError", "Sum", "Count"),
    ("5XXError", "Sum", "Count"),
    ("Latency", "p99", "Milliseconds"),
    ("IntegrationLatency", "p99", "Milliseconds"),
)

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
SQS: Final = _of(
    "AWS/SQS",
    ("QueueName",),
    {},
    ("ApproximateNumberOfMessagesVisible", "Maximum", "Count"),
    ("ApproximateAgeOfOldestMessage", "Maximum", "Seconds"),
    ("NumberOfMessagesSent", "Sum", "Count"),
)

# https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html
# `WebACL` is the metric name that the web ACL's visibility configuration gives, `Region` the region of its API.
WAF: Final = _of(
    "AWS/WAFV2",
    ("WebACL", "Region"),
    {"Rule": "ALL"},
    ("AllowedRequests", "Sum", "Count"),
    ("BlockedRequests", "Sum", "Count"),
)

# https://docs.aws.amazon.com/athena/latest/ug/query-metrics-viewing.html
# Only of a workgroup that publishes them. The state of what failed is FAILED, of what was stopped CANCELED.
ATHENA: Final = _of(
    "AWS/Athena",
    ("WorkGroup",),
    {"QueryState": "SUCCEEDED", "QueryType": "DML"},
    ("ProcessedBytes", "Sum", "Bytes"),
    ("TotalExecutionTime", "p90", "Milliseconds"),
    ("QueryQueueTime", "p90", "Milliseconds"),
    ("EngineExecutionTime", "p90", "Milliseconds"),
)

# https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring-runtime-metrics.html
BEDROCK: Final = _of(
    "AWS/Bedrock",
    ("ModelId",),
    {},
    ("Invocations", "Sum", "Count"),
    ("InvocationLatency", "p99", "Milliseconds"),
    ("InvocationClientErrors", "Sum", "Count"),
    ("InvocationServerErrors", "Sum", "Count"),
    ("InvocationThrottles", "Sum", "Count"),
    ("InputTokenCount", "Sum", "Count"),
    ("OutputTokenCount", "Sum", "Count"),
    ("LegacyModelInvocations", "Sum", "Count"),  # of a model that will be withdrawn
)

AWS_METRICS: Final = tuple(
    metric
    for group in (
        LAMBDA,
        LAMBDA_PROVISIONED,
        DYNAMODB,
        DYNAMODB_OPERATION,
        API_GATEWAY,
        SQS,
        WAF,
        ATHENA,
        BEDROCK,
    )
    for metric in group.values()
)
