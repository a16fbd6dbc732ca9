"""Of ten messages with one bad one, all ten come again, unless the function may say which one it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Enforcement, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

QUEUE: Final = {"eventSourceArn": "arn:aws:sqs:us-east-1:000000000000:qm-jobs-dev"}
REPORT: Final = "ReportBatchItemFailures"


@rule(
    id="lambda-mapping-batch-reported",
    title="Mappings that hand over batches let the function report single failures",
    applies_to="aws:lambda/eventSourceMapping:EventSourceMapping",
    severity=Severity.LOW,
    fix="Set function_response_types to ReportBatchItemFailures, and return the failed items; or batch_size to 1.",
    unique=True,
    enforcement=Enforcement.ADVISORY,
    ok=(
        QUEUE | {"functionResponseTypes": [REPORT]},
        QUEUE | {"batchSize": 1},
        {"topics": ["orders"], "batchSize": 100},  # Kafka has no such report
    ),
    bad=(QUEUE, QUEUE | {"batchSize": 5, "functionResponseTypes": []}),
)
def mapping_batch_reported(mapping: Resource) -> Iterator[str]:
    if not mapping.is_set("eventSourceArn") or mapping.is_set("topics") or mapping.is_set("queues"):
        return
    given = [mapping.text(path) for path in mapping.each("functionResponseTypes")]
    if REPORT not in given and mapping.known("batchSize") != 1:
        yield f"functionResponseTypes has no {REPORT}"
