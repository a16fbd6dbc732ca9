"""Puts a recording before the real policy servicer, the one that the engine talks to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from policies.rules import RULES
from policies.rules._policy import FIX, NOT_EVALUATED, as_policy

from .analyzer_requests import about_resource, about_stack
from .findings import Finding, NotEvaluated
from .policy_configuration import configured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from policies.rules._rule import Rule

    from .policy_configuration import Configured, Parameters
    from .recorder import Recording, Registration

_ENFORCEMENT: Final = {analyzer_pb2.ADVISORY: "advisory", analyzer_pb2.MANDATORY: "mandatory"}


class Servicer:
    """The pack of the given rules as the engine sees it, without a server in between.

    Raises InvalidError for parameters that the rules do not have.
    """

    def __init__(self, parameters: Parameters, rules: tuple[Rule, ...] = RULES) -> None:
        self._rules = {one.id: one for one in rules}
        self._configured = configured(rules, parameters)
        # The SDK reads a resource anew for each of its policies, so each type gets those that are about it.
        self._by_type: dict[str, _PolicyAnalyzerServicer | None] = {}
        self._of_stack = _servicer((one for one in rules if not one.applies_to), self._configured)

    def judge(self, one: Registration, provider: Registration | None) -> Iterator[Finding | NotEvaluated]:
        """What the rules about single resources say of one."""
        if one.type not in self._by_type:
            about = (rule for rule in self._rules.values() if one.type in rule.applies_to)
            self._by_type[one.type] = _servicer(about, self._configured)
        servicer = self._by_type[one.type]
        if servicer is None:
            return
        answer = servicer.Analyze(about_resource(one, provider), None)  # type: ignore[no-untyped-call]  # as above
        for diagnostic in answer.diagnostics:
            yield self._result(diagnostic, one)

    def judge_stack(self, registrations: Sequence[Registration]) -> Iterator[Finding | NotEvaluated]:
        """What the rules about several resources say of all of them; what is about none is about the first."""
        if self._of_stack is None:
            return
        by_urn = {one.urn: one for one in registrations}
        answer = self._of_stack.AnalyzeStack(about_stack(registrations), None)  # type: ignore[no-untyped-call]  # as above
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
    results += servicer.judge_stack(recording.registrations)
    findings = tuple(one for one in results if isinstance(one, Finding))
    return findings, tuple(one for one in results if isinstance(one, NotEvaluated))


def _servicer(rules: Iterable[Rule], configuration: Mapping[str, Configured]) -> _PolicyAnalyzerServicer | None:
    asked = list(rules)
    if not asked:
        return None
    servicer = _PolicyAnalyzerServicer(
        "quartermaster",
        "0.0.1",
        [as_policy(one) for one in asked],
        EnforcementLevel.MANDATORY,
    )
    request = analyzer_pb2.ConfigureAnalyzerRequest()
    for one in asked:
        level = configuration[one.id].enforcement.name
        request.policyConfig[one.id].enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level)
        request.policyConfig[one.id].properties.update(dict(configuration[one.id].settings))
    servicer.Configure(request, None)  # type: ignore[no-untyped-call]  # the SDK's servicer is untyped
    return servicer
