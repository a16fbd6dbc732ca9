"""The SDK's servicer, made to read what it is sent once.

The SDK reads a resource anew for each of its policies, whatever type that is about, and a whole stack anew for each
policy about stacks. With some hundred policies that is most of a preview's time, so here a resource meets the
policies of its type only, and those about stacks share one reading.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from google.protobuf import json_format  # type: ignore[import-untyped]  # published without stubs
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel, PolicyResource, StackValidationArgs, StackValidationPolicy
from pulumi_policy.deserialize import deserialize_properties
from pulumi_policy.policy import _PolicyAnalyzerServicer
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from ._policy import RulePolicy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_policy import Policy

    from ._resource import Value

_POLICIES: Final = "_PolicyAnalyzerServicer__policies"  # the SDK's own list


class OnceServicer(_PolicyAnalyzerServicer):
    """Answers as the SDK's servicer does, in less time."""

    def __init__(
        self, name: str, version: str, policies: Sequence[Policy], level: EnforcementLevel, *rest: Value
    ) -> None:
        super().__init__(name, version, list(policies), level, *rest)
        self._of_stack = [one for one in policies if isinstance(one, StackValidationPolicy)]
        self._by_type: dict[str, list[Policy]] = {}
        for one in policies:
            if isinstance(one, RulePolicy):
                for kind in one.applies_to:
                    self._by_type.setdefault(kind, []).append(one)

    def Analyze(self, request: Value, context: Value) -> Value:  # noqa: N802 - gRPC's word
        return super(OnceServicer, self._only(request.type)).Analyze(request, context)  # type: ignore[no-untyped-call]  # the SDK's servicer is untyped

    def Remediate(self, request: Value, context: Value) -> Value:  # noqa: N802 - gRPC's word
        return super(OnceServicer, self._only(request.type)).Remediate(request, context)  # type: ignore[no-untyped-call]  # as above

    def AnalyzeStack(self, request: Value, context: Value) -> Value:  # noqa: ARG002, N802 - gRPC's words
        self._configure_runtime_settings()  # type: ignore[no-untyped-call]  # as above
        response = analyzer_pb2.AnalyzeResponse()
        resources = self._read(request.resources)
        for policy in self._of_stack:
            level = self._get_enforcement_level(policy)
            if level is not EnforcementLevel.DISABLED:
                self._ask(policy, level, resources, response)
        return response

    def _only(self, kind: str) -> OnceServicer:
        """The servicer with the policies of one type. A copy, as requests come in several threads."""
        view = copy.copy(self)
        setattr(view, _POLICIES, self._by_type.get(kind, []))
        return view

    def _ask(
        self, policy: StackValidationPolicy, level: EnforcementLevel, resources: list[PolicyResource], response: Value
    ) -> None:
        level = EnforcementLevel.MANDATORY if level is EnforcementLevel.REMEDIATE else level  # as the SDK takes it
        report = self._create_report_violation(response, policy.name, policy.description, level, policy.severity)
        args = StackValidationArgs(resources, self._get_policy_config(policy.name), {})
        try:
            policy.validate(args, report)
        except UnknownValueError as error:
            response.diagnostics.append(
                analyzer_pb2.AnalyzeDiagnostic(
                    policyName=policy.name,
                    message=f"can't run policy '{policy.name}' during preview: {error.message}",
                    description=policy.description,
                    enforcementLevel=analyzer_pb2.ADVISORY,
                )
            )

    def _read(self, sent: Sequence[Value]) -> list[PolicyResource]:
        resources = [
            PolicyResource(
                one.type,
                unknown_checking_proxy(deserialize_properties(json_format.MessageToDict(one.properties))),
                one.urn,
                one.name,
                self._get_resource_options(one),
                self._get_provider_resource(one),
                None,
                [],
                {},
            )
            for one in sent
        ]
        by_urn = {one.urn: one for one in resources}
        for resource, one in zip(resources, sent, strict=True):
            resource.parent = by_urn.get(one.parent)
            resource.dependencies = [by_urn[urn] for urn in one.dependencies if urn in by_urn]
            resource.property_dependencies = {
                name: [by_urn[urn] for urn in given.urns if urn in by_urn]
                for name, given in one.propertyDependencies.items()
            }
        return resources
