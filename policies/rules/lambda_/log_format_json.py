"""Lines of free text can be read; lines of JSON can be searched, counted and alarmed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Enforcement, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="lambda-log-format-json",
    title="Functions log JSON, into a group of their own",
    applies_to="aws:lambda/function:Function",
    severity=Severity.LOW,
    fix="Set logging_config with log_format JSON and a log_group that the stack makes.",
    enforcement=Enforcement.ADVISORY,
    ok=({"loggingConfig": {"logFormat": "JSON", "logGroup": "/aws/lambda/qm-api-dev"}},),
    bad=({}, {"loggingConfig": {"logFormat": "Text", "logGroup": "g"}}, {"loggingConfig": {"logFormat": "JSON"}}),
)
def log_format_json(function: Resource) -> Iterator[str]:
    if not function.is_set("loggingConfig.logGroup"):
        yield "loggingConfig.logGroup is not set, so Lambda makes a group that keeps lines for ever"
    if function.text("loggingConfig.logFormat") != "JSON":
        yield "loggingConfig.logFormat is not JSON"
