"""A rule without metrics can refuse everybody, or nobody, and no alarm can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._firewall import ACL, ACL_RULE
from .._rule import Of, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


ON: Final = {"visibilityConfig": {"cloudwatchMetricsEnabled": True, "metricName": "qm-edge"}}
OFF: Final = {"visibilityConfig": {"cloudwatchMetricsEnabled": False}}
GROUP: Final = "aws:wafv2/ruleGroup:RuleGroup"


@rule(
    id="waf-metrics-on",
    title="Web ACLs and their rules have metrics",
    applies_to=(ACL, GROUP, ACL_RULE),
    severity=Severity.LOW,
    fix="Set visibility_config.cloudwatch_metrics_enabled to true.",
    sources=("FSBP:WAF.12",),
    frameworks=("NIST 800-53:AU-12", "NIST 800-53:SI-4"),
    ok=(ON, ON | {"rules": [ON]}, Of(ON, GROUP), Of(ON, ACL_RULE)),
    bad=(OFF, {}, ON | {"rules": [ON, OFF]}, Of(ON | {"rules": [{"name": "a"}]}, GROUP), Of(OFF, ACL_RULE)),
)
def metrics_on(acl: Resource) -> Iterator[str]:
    rules = () if acl.type == ACL_RULE else acl.each("rules")
    for at in ("", *(f"{path}." for path in rules)):
        path = f"{at}visibilityConfig.cloudwatchMetricsEnabled"
        if not is_true(acl.known(path)):
            yield f"{path} is not true"
