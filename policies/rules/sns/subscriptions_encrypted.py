"""A message that leaves by plain HTTP is read by whoever is on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="sns-subscriptions-encrypted",
    title="Subscriptions do not deliver by plain HTTP",
    applies_to="aws:sns/topicSubscription:TopicSubscription",
    severity=Severity.HIGH,
    fix="Set protocol to https, with an https endpoint.",
    sources=("prowler:sns_subscription_not_using_http_endpoints",),
    frameworks=("NIST 800-53:SC-8",),
    ok=({"protocol": "https", "endpoint": "https://example.com/alarms"}, {"protocol": "email"}, {"protocol": "sqs"}),
    bad=({"protocol": "http", "endpoint": "http://example.com/alarms"}, {"protocol": "HTTP"}),
)
def subscriptions_encrypted(subscription: Resource) -> Iterator[str]:
    if subscription.text("protocol").lower() == "http":
        yield "protocol is http"
