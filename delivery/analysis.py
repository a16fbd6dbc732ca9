"""Puts a recording before the real policy servicer, the one that the engine talks to."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel

from policies.rules import LAST, RULES
from policies.rules._exemptions import Ledger
from policies.rules._policy import FIX, NOT_EVALUATED, WHAT, as_policy
from policies.rules._rule import Enforcement, Scope
from policies.rules._servicer import OnceServicer

from .analyzer_requests import about_resource, about_stack
from .findings import Exempt, Finding, NotEvaluated
from .graph import judge_graph
from .policy_configuration import configured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from policies.rules._rule import Rule

    from .policy_configuration import Parameters
    from .recorder import Recording, Registration

_ENFORCEMENT: Final = {analyzer_pb2.ADVISORY: "advisory", analyzer_pb2.MANDATORY: "mandatory"}


class Servicer:
    """The pack of the given rules as the engine sees it, without a server in between.

    A finding that the ledger exempts says so; the engine would not show it. Raises InvalidError for parameters that
    the rules do not have.
    """

    def __init__(self, parameters: Parameters, rules: tuple[Rule, ...] = RULES, ledger: Ledger | None = None) -> None:
        self._rules = {one.id: one for one in rules}
        self._configured = configured(rules, parameters)
        self._ledger = ledger or Ledger(exemptions=(), today=date.min)
        by_engine = [one for one in rules if one.scope is Scope.ENGINE]
        # The SDK reads a resource anew for each of its policies, so each type gets those that are about it.
        self._by_type: dict[str, OnceServicer | None] = {}
        of_stack = [one for one in by_engine if not one.applies_to]
        self._of_stack = self._servicer(one for one in of_stack if not one.id.startswith(LAST))
        self._last = self._servicer(one for one in of_stack if one.id.startswith(LAST))

    def judge(self, one: Registration, provider: Registration | None) -> Iterator[Finding | NotEvaluated]:
        """What the rules about single resources say of one."""
        if one.type not in self._by_type:
            about = (rule for rule in self._rules.values() if one.type in rule.applies_to)
            self._by_type[one.type] = self._servicer(about)
        servicer = self._by_type[one.type]
        if servicer is None:
            return
        answer = servicer.Analyze(about_resource(one, provider), None)
        for diagnostic in answer.diagnostics:
            yield self._result(diagnostic, one)

    def judge_stack(self, registrations: Sequence[Registration]) -> Iterator[Finding | NotEvaluated]:
        """What the rules about several resources say of all of them; what is about none is about the first."""
        yield from self._judge_all(self._of_stack, registrations)

    def judge_exemptions(self, registrations: Sequence[Registration]) -> Iterator[Finding | NotEvaluated]:
        """What is wrong with the exemptions, after everything else was judged."""
        yield from self._judge_all(self._last, registrations)

    def judge_program(self, recording: Recording) -> Iterator[Finding | NotEvaluated]:
        """What the rules about the program itself say, which no engine asks."""
        on = [
            rule
            for rule in self._rules.values()
            if rule.scope is Scope.GRAPH and self._configured[rule.id].enforcement is not Enforcement.DISABLED
        ]
        for one in judge_graph(on, recording, self._configured) if on else ():
            yield self._exempted(one) if isinstance(one, Finding) else one

    def _judge_all(
        self, servicer: OnceServicer | None, registrations: Sequence[Registration]
    ) -> Iterator[Finding | NotEvaluated]:
        if servicer is None:
            return
        by_urn = {one.urn: one for one in registrations}
        answer = servicer.AnalyzeStack(about_stack(registrations), None)
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
        message, _, what = message.partition(f"\n{WHAT}")
        finding = Finding(
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
            what=what,
        )
        return self._exempted(finding)

    def _exempted(self, one: Finding) -> Finding:
        stack = one.urn.split("::")[0].removeprefix("urn:pulumi:")
        found = self._ledger.exempt(one.rule, one.urn, one.what, stack)
        if found is None:
            return one
        return replace(one, exempt=Exempt(reason=found.reason, owner=found.owner, until=found.until.isoformat()))

    def _servicer(self, rules: Iterable[Rule]) -> OnceServicer | None:
        """The SDK's servicer for these rules; None where there are none, as asking it costs time all the same."""
        asked = [one for one in rules if self._configured[one.id].enforcement is not Enforcement.DISABLED]
        if not asked:
            return None
        servicer = OnceServicer(
            "quartermaster",
            "0.0.1",
            [as_policy(one, self._ledger, suppress=False) for one in asked],
            EnforcementLevel.MANDATORY,
        )
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for one in asked:
            level = self._configured[one.id].enforcement.name
            request.policyConfig[one.id].enforcementLevel = analyzer_pb2.EnforcementLevel.Value(level)
            request.policyConfig[one.id].properties.update(dict(self._configured[one.id].settings))
        servicer.Configure(request, None)  # type: ignore[no-untyped-call]  # the SDK's servicer is untyped
        return servicer


def analyse(recording: Recording, servicer: Servicer) -> tuple[tuple[Finding, ...], tuple[NotEvaluated, ...]]:
    """Findings and what could not be judged, in the order of the resources, then those about several."""
    by_urn = {one.urn: one for one in recording.registrations}
    results: list[Finding | NotEvaluated] = []
    for one in recording.registrations:
        results += servicer.judge(one, by_urn.get(one.provider))
    results += servicer.judge_stack(recording.registrations)
    results += servicer.judge_program(recording)
    results += servicer.judge_exemptions(recording.registrations)
    findings = tuple(one for one in results if isinstance(one, Finding))
    return findings, tuple(one for one in results if isinstance(one, NotEvaluated))
