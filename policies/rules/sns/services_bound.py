"""A service that may publish for any account publishes for a stranger's too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import lets
from .._messages import TOPIC, TOPIC_POLICY
from .._resource_policies import unbound_services
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


EVENTS: Final = {"Service": "events.amazonaws.com"}


@rule(
    id="sns-services-bound",
    title="Policies of topics let services act for our accounts only",
    applies_to=(TOPIC_POLICY, TOPIC),
    severity=Severity.HIGH,
    fix="Add a condition on aws:SourceArn or aws:SourceAccount to the service's statement.",
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    ok=(
        {},
        lets(EVENTS, "sns:Publish", StringEquals={"aws:SourceAccount": "000000000000"}),
        lets(EVENTS, "sns:Publish", ArnLike={"aws:SourceArn": "arn:aws:events:us-east-1:000000000000:rule/qm-*"}),
    ),
    bad=(
        lets(EVENTS, "sns:Publish"),
        lets(EVENTS, "sns:Publish", ArnLike={"aws:SourceArn": "*"}),
        Of(lets(EVENTS, "sns:Publish", Bool={"aws:SecureTransport": "true"}), TOPIC),
    ),
)
def services_bound(topic: Resource) -> Iterator[str]:
    yield from unbound_services(topic, "policy")
