"""Puts a recording before the real policy servicer, the one that the engine talks to.

Also holds the findings that no pack can make, because only the recording shows them (scope `graph`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies.rules import RULES
from policies.rules._policy import FIX, NOT_EVALUATED, as_policy

from .analyzer_requests import about_resource, about_stack
from .findings import Finding, NotEvaluated
from .sdk_types import unknown_properties

if TYPE_CHECKING:
    from policies.rules._rule import Rule

    from .recorder import Recording, Registration

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
        """What the rules about single resources say of one."""
        answer = self._servicer.Analyze(about_resource(one, provider), None)  # type: ignore[no-untyped-call]  # as above
        for diagnostic in answer.diagnostics:
            yield self._result(diagnostic, one)

    def judge_stack(self, registrations: Sequence[Registration]) -> Iterator[Finding | NotEvaluated]:
        """What the rules about several resources say of all of them; what is about none is about the first."""
        by_urn = {one.urn: one for one in registrations}
        answer = self._servicer.AnalyzeStack(about_stack(registrations), None)  # type: ignore[no-untyped-call]  # as above
        for diagnostic in answer.diagnostics:
            yield self._result(diagnostic, by_urn.get(diagnostic.urn, registrations[0]))

    def _result(self, diagnostic: analyzer_pb2.AnalyzeDiagnostic, about: Registration) -> Finding | NotEvaluated:
        rule = self._rules[diagnostic.policyName]
        before, marked, reason = diagnostic.message.partition(NOT_EVALUATED)
        if marked and not before.startswith(rule.title):  # the SDK's words for a policy that met an unknown
            return NotEvaluated(
                rule=rule.id,
                urn=about.urn,
                type=about.type,
                reason=reason,
                location=about.location,
            )
        message, _, fix = diagnostic.message.removeprefix(f"{rule.title}\n").rpartition(f"\n{FIX}")
        return Finding(
            rule=rule.id,
            severity=rule.severity.value,
            enforcement=_ENFORCEMENT[diagnostic.enforcementLevel],
            scope="engine",
            urn=about.urn,
            type=about.type,
            message=message,
            fix=fix,
            url=rule.url,
            location=about.location,
        )


def analyse(recording: Recording, servicer: Servicer) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    """Findings and what could not be judged, in the order of the resources, then those about several."""
    by_urn = {one.urn: one for one in recording.registrations}
    results: list[Finding | NotEvaluated] = []
    for one in recording.registrations:
        results += servicer.judge(one, by_urn.get(one.provider))
        results += _misspelt(one)
    results += servicer.judge_stack(recording.registrations)
    findings = tuple(one for one in results if isinstance(one, Finding))
    return findings, tuple(one for one in results if isinstance(one, NotEvaluated))


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
