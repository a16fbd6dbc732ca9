"""Puts a recording before the real policy servicer, the one that the engine talks to.

Also holds the findings that no pack can make, because only the recording shows them (scope `graph`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies.rules import RULES
from policies.rules._policy import FIX, NOT_EVALUATED, as_policy

from .findings import Finding, NotEvaluated
from .sdk_types import unknown_properties

if TYPE_CHECKING:
    from policies.rules._rule import Rule

    from .recorder import Recording, Registration

_BY_ID: Final = {one.id: one for one in RULES}
_ENFORCEMENT: Final = {analyzer_pb2.ADVISORY: "advisory", analyzer_pb2.MANDATORY: "mandatory"}
UNKNOWN_PROPERTY: Final = "graph-unknown-property"

Parameters = Mapping[str, Mapping[str, str | int | bool | list[str]]]


class Servicer:
    """The pack of the given rules as the engine sees it, without a server in between."""

    def __init__(self, parameters: Parameters, rules: tuple[Rule, ...] = RULES) -> None:
        self._rules = {one.id: one for one in rules}
        self._servicer = _PolicyAnalyzerServicer(
            "quartermaster",
            "0.0.1",
            [as_policy(one) for one in rules],
            EnforcementLevel.MANDATORY,
        )
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, values in parameters.items():
            level = self._rules[name].enforcement.name
            request.policyConfig[name].enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level)
            request.policyConfig[name].properties.update(values)
        self._servicer.Configure(request, None)  # type: ignore[no-untyped-call]  # the SDK's servicer is untyped

    def judge(self, one: Registration, provider: Registration | None) -> Iterator[Finding | NotEvaluated]:
        """What the rules say of one resource."""
        answer: analyzer_pb2.AnalyzeResponse = self._servicer.Analyze(_request(one, provider), None)  # type: ignore[no-untyped-call]  # as above
        for diagnostic in answer.diagnostics:
            rule = self._rules[diagnostic.policyName]
            _, marked, reason = diagnostic.message.partition(NOT_EVALUATED)
            if marked:
                yield NotEvaluated(rule=rule.id, urn=one.urn, type=one.type, reason=reason, location=one.location)
                continue
            message, _, fix = diagnostic.message.removeprefix(f"{rule.title}\n").rpartition(f"\n{FIX}")
            yield Finding(
                rule=rule.id,
                severity=rule.severity.value,
                enforcement=_ENFORCEMENT[diagnostic.enforcementLevel],
                scope="engine",
                urn=diagnostic.urn or one.urn,
                type=one.type,
                message=message,
                fix=fix,
                url=rule.url,
                location=one.location,
            )


def analyse(recording: Recording, servicer: Servicer) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    """Findings and what could not be judged, in the order of the resources."""
    by_urn = {one.urn: one for one in recording.registrations}
    findings: list[Finding] = []
    skipped: list[NotEvaluated] = []
    for one in recording.registrations:
        for result in servicer.judge(one, by_urn.get(one.provider)):
            if isinstance(result, Finding):
                findings.append(result)
            else:
                skipped.append(result)
        findings += _misspelt(one)
    return tuple(findings), tuple(skipped)


def _misspelt(one: Registration) -> Iterator[Finding]:
    for path in unknown_properties(one.type, one.values) if one.custom else ():
        yield Finding(
            rule=UNKNOWN_PROPERTY,
            severity="high",
            enforcement="mandatory",
            scope="graph",
            urn=one.urn,
            type=one.type,
            message=f"{path} is no property of {one.type}",
            fix="Spell it as the provider's SDK does.",
            url="",
            location=one.location,
        )


def _request(one: Registration, provider: Registration | None) -> analyzer_pb2.AnalyzeRequest:
    request = analyzer_pb2.AnalyzeRequest(
        type=one.type,
        properties=one.inputs,
        urn=one.urn,
        name=one.name,
        options=analyzer_pb2.AnalyzerResourceOptions(
            protect=one.protect,
            ignoreChanges=one.ignore_changes,
            parent=one.parent,
            aliases=one.aliases,
        ),
    )
    if provider is not None:
        request.provider.CopyFrom(
            analyzer_pb2.AnalyzerProviderResource(
                type=provider.type,
                properties=provider.inputs,
                urn=provider.urn,
                name=provider.name,
            ),
        )
    return request
