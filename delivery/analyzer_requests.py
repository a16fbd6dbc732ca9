"""Registrations in the words in which the engine asks a policy pack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi.runtime.proto import analyzer_pb2

from .aliases import former_urns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .recorder import Registration


def about_resource(one: Registration, provider: Registration | None) -> analyzer_pb2.AnalyzeRequest:
    """The question about one resource, sent before it is created."""
    request = analyzer_pb2.AnalyzeRequest(
        type=one.type,
        properties=one.inputs,
        urn=one.urn,
        name=one.name,
        options=_options(one),
    )
    if provider is not None:
        request.provider.CopyFrom(_provider(provider))
    return request


def about_stack(registrations: Sequence[Registration]) -> analyzer_pb2.AnalyzeStackRequest:
    """The question about all resources together."""
    by_urn = {one.urn: one for one in registrations}
    request = analyzer_pb2.AnalyzeStackRequest()
    for one in registrations:
        resource = request.resources.add(
            type=one.type,
            properties=one.inputs,
            urn=one.urn,
            name=one.name,
            options=_options(one),
            parent=one.parent,
            dependencies=one.dependencies,
        )
        for name, urns in one.property_dependencies.items():
            resource.propertyDependencies[name].urns.extend(urns)
        if one.provider in by_urn:
            resource.provider.CopyFrom(_provider(by_urn[one.provider]))
    return request


def _options(one: Registration) -> analyzer_pb2.AnalyzerResourceOptions:
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=one.protect,
        ignoreChanges=one.ignore_changes,
        parent=one.parent,
        aliases=former_urns(one),
    )


def _provider(one: Registration) -> analyzer_pb2.AnalyzerProviderResource:
    return analyzer_pb2.AnalyzerProviderResource(
        type=one.type,
        properties=one.inputs,
        urn=one.urn,
        name=one.name,
    )
