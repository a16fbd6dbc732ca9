"""The recorded program as rules about it see it, and what they say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY, deserialize_properties
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from policies.rules._graph import Graph, Vertex
from policies.rules._policy import AS_FINDING, DEFECT, NOT_EVALUATED
from policies.rules._resource import Found, NotKnownError
from policies.rules._resource import NotEvaluated as Unknown
from policies.rules._rule import UNKNOWN

from .findings import Finding, NotEvaluated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from policies.rules._graph import GraphCheck
    from policies.rules._resource import Value
    from policies.rules._rule import Rule

    from .policy_configuration import Configured
    from .recorder import Recording, Registration


def graph_of(recording: Recording, config: Mapping[str, Value]) -> Graph:
    """Everything that was registered, with a rule's parameters."""
    properties = {one.urn: _properties(one) for one in recording.registrations}
    hidden = frozenset(one.urn for one in recording.hidden)
    return Graph(
        tuple(
            _vertex(one, config, properties, completed=one.urn in recording.completed, hidden=one.urn in hidden)
            for one in recording.registrations
        )
    )


def judge_graph(
    rules: Iterable[Rule], recording: Recording, configured: Mapping[str, Configured]
) -> Iterator[Finding | NotEvaluated]:
    """What rules about the program find. A rule that raises is a finding too, which names it."""
    config: dict[str, Value] = {}  # of the rule whose turn it is; the graph is drawn once
    graph = graph_of(recording, config)
    for rule in rules:
        config.clear()
        config.update(configured[rule.id].settings)
        yield from _judge(rule, graph, recording, configured[rule.id])


def _judge(rule: Rule, graph: Graph, recording: Recording, configured: Configured) -> Iterator[Finding | NotEvaluated]:
    about = recording.registrations[0]
    by_urn = {one.urn: one for one in recording.registrations}
    try:
        for one in cast("GraphCheck", rule.check)(graph):
            if isinstance(one, Unknown):
                yield _unknown(rule, about, one.path, configured)
            else:
                vertex, result = one
                found = result if isinstance(result, Found) else Found("", result)
                yield _finding(rule, by_urn[vertex.urn], found, configured)
    except NotKnownError as error:
        yield _unknown(rule, about, error.path, configured)
    except UnknownValueError as error:
        yield _unknown(rule, about, ".".join(error.props), configured)
    except Exception as error:  # noqa: BLE001 - one rule's defect must not hide the findings of the others
        yield _finding(rule, about, Found("", f"{DEFECT}{type(error).__name__}"), configured)


def _vertex(
    one: Registration,
    config: Mapping[str, Value],
    properties: Mapping[str, Mapping[str, Value]],
    *,
    completed: bool,
    hidden: bool,
) -> Vertex:
    return Vertex(
        type=one.type,
        name=one.name,
        urn=one.urn,
        properties=properties[one.urn],
        config=config,
        provider=properties.get(one.provider, {}),
        sources={name: frozenset(urns) for name, urns in one.property_dependencies.items()},
        parent=one.parent,
        custom=one.custom,
        protect=one.protect,
        retain=one.retain,
        completed=completed,
        in_callback=one.in_callback or hidden,
        provider_urn=one.provider,
        ignored=one.ignore_changes,
        secrets=tuple(_secrets(one.values)),
        aliases=tuple(str(alias) for alias in one.aliases),
        location=one.location,
    )


def _properties(one: Registration) -> Mapping[str, Value]:
    """As a policy has them: an unknown raises when it is touched."""
    read: dict[str, Value] = deserialize_properties(dict(one.values))
    proxy: Mapping[str, Value] = unknown_checking_proxy(read)
    return proxy


def _secrets(value: Value, path: str = "") -> Iterator[str]:
    """The paths of what the program marked as a secret; reading the properties drops the mark."""
    if isinstance(value, dict):
        if value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG:
            yield path
            return
        for key, inner in value.items():
            yield from _secrets(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _secrets(inner, f"{path}.{place}")


def _finding(rule: Rule, about: Registration, found: Found, configured: Configured) -> Finding:
    return Finding(
        rule=rule.id,
        severity=rule.severity.value,
        enforcement=configured.enforcement.value,
        scope="graph",
        urn=about.urn,
        type=about.type,
        message=found.message,
        fix=rule.fix,
        url=rule.url,
        location=about.location,
        what=found.what,
    )


def _unknown(rule: Rule, about: Registration, path: str, configured: Configured) -> Finding | NotEvaluated:
    """As the engine's policies: a finding where the stack takes an unknown for one."""
    reason = f"{path} cannot be known before the resources exist"
    if configured.settings.get(UNKNOWN) == AS_FINDING:
        return _finding(rule, about, Found("", f"{NOT_EVALUATED}{reason}"), configured)
    return NotEvaluated(rule=rule.id, urn=about.urn, type=about.type, reason=reason, location=about.location)
