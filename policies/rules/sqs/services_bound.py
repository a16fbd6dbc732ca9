"""A service that may send for any account sends for a stranger's too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import lets
from .._messages import QUEUE, QUEUE_POLICY
from .._resource_policies import unbound_services
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


EVENTS: Final = {"Service": "events.amazonaws.com"}


@rule(
    id="sqs-services-bound",
    title="Policies of queues let services act for our accounts only",
    applies_to=(QUEUE_POLICY, QUEUE),
    severity=Severity.HIGH,
    fix="Add a condition on aws:SourceArn or aws:SourceAccount to the service's statement.",
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {},
        lets(EVENTS, "sqs:SendMessage", StringEquals={"aws:SourceAccount": "000000000000"}),
        lets(EVENTS, "sqs:SendMessage", ArnLike={"aws:SourceArn": "arn:aws:events:us-east-1:000000000000:rule/qm-*"}),
    ),
    bad=(
        lets(EVENTS, "sqs:SendMessage"),
        lets(EVENTS, "sqs:SendMessage", ArnLike={"aws:SourceArn": "*"}),
        Of(lets(EVENTS, "sqs:SendMessage", Bool={"aws:SecureTransport": "true"}), QUEUE),
    ),
)
def services_bound(queue: Resource) -> Iterator[str]:
    yield from unbound_services(queue, "policy")
