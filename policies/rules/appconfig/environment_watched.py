"""AppConfig takes a bad configuration back by itself, if an alarm tells it that it is bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Enforcement, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="appconfig-environment-watched",
    title="Environments of AppConfig roll back on an alarm",
    applies_to="aws:appconfig/environment:Environment",
    severity=Severity.LOW,
    fix="Add monitors with the alarm of the service that reads the configuration.",
    enforcement=Enforcement.ADVISORY,
    ok=({"monitors": [{"alarmArn": "arn"}]},),
    bad=({}, {"monitors": []}),
)
def environment_watched(environment: Resource) -> Iterator[str]:
    if not list(environment.each("monitors")):
        yield "monitors is empty"
