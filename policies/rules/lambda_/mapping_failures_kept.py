"""A record that a function fails on blocks its shard until it expires, a day or a week later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

STREAM: Final = {
    "eventSourceArn": "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1",
    "startingPosition": "LATEST",
}
KEPT: Final = {"destinationConfig": {"onFailure": {"destinationArn": "arn"}}}


@rule(
    id="lambda-mapping-failures-kept",
    title="Mappings of streams give up on a record after a while, and keep it",
    applies_to="aws:lambda/eventSourceMapping:EventSourceMapping",
    severity=Severity.MEDIUM,
    fix="Set destination_config.on_failure, and maximum_retry_attempts or maximum_record_age_in_seconds.",
    sources=("cdk-nag:Serverless-LambdaEventSourceMappingDestination",),
    ok=(
        STREAM | KEPT | {"maximumRetryAttempts": 3},
        STREAM | KEPT | {"maximumRecordAgeInSeconds": 3600},
        {"eventSourceArn": "arn:aws:sqs:us-east-1:000000000000:queue"},  # the queue has a redrive policy of its own
    ),
    bad=(
        STREAM | {"maximumRetryAttempts": 3},
        STREAM | KEPT,
        STREAM | KEPT | {"maximumRetryAttempts": -1, "maximumRecordAgeInSeconds": -1},
    ),
)
def mapping_failures_kept(mapping: Resource) -> Iterator[str]:
    if not mapping.is_set("startingPosition"):  # only streams have one
        return
    if not mapping.is_set("destinationConfig.onFailure.destinationArn"):
        yield "destinationConfig.onFailure is not set, so a record that fails is lost"
    bounds = [mapping.known(key) for key in ("maximumRetryAttempts", "maximumRecordAgeInSeconds")]
    if all(one is None or one == -1 for one in bounds):
        yield "neither retries nor age are bounded, so a bad record blocks its shard"
