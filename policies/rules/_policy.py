"""From a rule to a policy that the engine runs, with each of its four results kept apart.

finding        a violation, with the rule's enforcement level
not evaluated  an advisory that names the unknown property: nothing red, but seen
defect         the rule itself raised: a violation that names the rule, so that no other rule is hidden
passed         nothing
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from ._resource import Found, NotEvaluated, NotKnownError, Resource
from ._rule import UNKNOWN
from ._stack import Member, Stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ._exemptions import Ledger
    from ._resource import Value
    from ._rule import Check, Rule
    from ._stack import StackCheck

NOT_EVALUATED: Final = "not evaluated: "
FIX: Final = "Fix: "
WHAT: Final = "Exempt by: "  # before the name of one finding of a granular rule
AS_FINDING: Final = "finding"  # of the parameter `unknown`
DEFECT: Final = "defect in the rule: "

Result: TypeAlias = "tuple[str | None, str | Found | NotEvaluated]"  # URN, when it is not the resource asked about


class NotEvaluatedError(UnknownValueError):
    """Ends a policy the way the SDK ends one that touched an unknown: as an advisory."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, paths)
        names = ", ".join(dict.fromkeys(paths))
        self.message = f"{NOT_EVALUATED}{names} cannot be known before the resources exist"


def as_policy(rule: Rule, ledger: Ledger, *, suppress: bool) -> Policy:
    """The policy that runs the rule, on each resource of its types or once on the stack.

    With `suppress` an exempt finding is not reported: the engine has no other word for it. A plan shows it as exempt.
    """
    properties = {name: parameter.schema for name, parameter in rule.parameters.items()}
    schema = PolicyConfigSchema(properties)
    level, severity = EnforcementLevel(rule.enforcement.value), Severity(rule.severity.value)
    exempt = ledger.exempt if suppress else _never
    if rule.applies_to:

        def on_resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if args.resource_type in rule.applies_to:
                resource = _resource(args, _config(rule, args.get_config()))
                _report(rule, _results_on(cast("Check", rule.check), resource), Reporter(report, resource, exempt))

        def remediate(args: ResourceValidationArgs) -> Mapping[str, Value] | None:
            if rule.remedy is None or args.resource_type not in rule.applies_to:
                return None
            changed = rule.remedy(_resource(args, _config(rule, args.get_config())))
            return {**_plain(args.props), **changed} if changed else None

        return RulePolicy(
            applies_to=rule.applies_to,
            name=rule.id,
            description=rule.title,
            validate=on_resource,
            remediate=remediate if rule.remedy else None,
            enforcement_level=level,
            config_schema=schema,
            display_name=rule.title,
            severity=severity,
            remediation_steps=rule.fix,
            url=rule.url,
        )

    def on_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = _stack(args, _config(rule, args.get_config()), ledger)
        asked = stack.members[0] if stack.members else _nothing(_config(rule, args.get_config()))
        _report(rule, _results_of(cast("StackCheck", rule.check), stack), Reporter(report, asked, exempt))

    return StackValidationPolicy(
        name=rule.id,
        description=rule.title,
        validate=on_stack,
        enforcement_level=level,
        config_schema=schema,
        display_name=rule.title,
        severity=severity,
        remediation_steps=rule.fix,
        url=rule.url,
    )


class RulePolicy(ResourceValidationPolicy):
    """A policy that knows which types it is about."""

    def __init__(self, *, applies_to: frozenset[str], **given: Value) -> None:
        super().__init__(**given)
        self.applies_to = applies_to


@dataclass(frozen=True)
class Reporter:
    """Tells the engine, unless somebody has exempted it. `asked` is what a finding without a URN is about."""

    report: ReportViolation
    asked: Resource
    exempt: Callable[[str, str, str, str], object]

    def tell(self, rule: Rule, result: str | Found, urn: str | None) -> None:
        what, message = (result.what, result.message) if isinstance(result, Found) else ("", result)
        if self.exempt(rule.id, urn or self.asked.urn, what, self.asked.stack):
            return
        lines = (message, *([f"{WHAT}{what}"] if what else []), f"{FIX}{rule.fix}")
        self.report("\n".join(lines), urn)


def _never(_rule: str, _urn: str, _what: str, _stack: str) -> None:
    return None


def _nothing(config: Mapping[str, Value]) -> Resource:
    return Resource(type="", name="", urn="", properties={}, config=config)


def _plain(value: Value) -> Value:
    """What the SDK wrapped so that an unknown raises, as it came; a remedy leaves unknowns as they are."""
    if isinstance(value, Mapping):
        inner = value if isinstance(value, dict) else value["__target"]  # the SDK's own door to what it wrapped
        return {key: _plain(one) for key, one in inner.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        inner = value if isinstance(value, list) else value["__target"]  # type: ignore[call-overload]  # as above
        return [_plain(one) for one in inner]
    return value


def _results_on(check: Check, resource: Resource) -> Iterator[Result]:
    for one in check(resource):
        yield None, one


def _results_of(check: StackCheck, stack: Stack) -> Iterator[Result]:
    for one in check(stack):
        yield (None, one) if isinstance(one, NotEvaluated) else (one[0].urn, one[1])


def _report(rule: Rule, results: Iterator[Result], reporter: Reporter) -> None:
    unknown: list[str] = []
    try:
        for urn, result in results:
            if isinstance(result, NotEvaluated):
                unknown.append(result.path)
            else:
                reporter.tell(rule, result, urn)
    except NotKnownError as error:
        unknown.append(error.path)
    except UnknownValueError as error:  # the rule touched an unknown inside a value that it had read
        unknown.append(".".join(error.props))
    except Exception as error:  # noqa: BLE001 - one rule's defect must not hide the findings of the others
        # The error's text may hold a property's value, which may be a secret: its class and line suffice.
        line = traceback.extract_tb(error.__traceback__)[-1]
        reporter.report(
            f"{DEFECT}{type(error).__name__} at {line.name}:{line.lineno}\n{FIX}Mend the rule {rule.id}.", None
        )
    if not unknown:
        return
    raised = NotEvaluatedError(unknown)
    if reporter.asked.config.get(UNKNOWN) != AS_FINDING:
        raise raised
    reporter.tell(rule, raised.message, None)


def _config(rule: Rule, given: Mapping[str, Value]) -> Mapping[str, Value]:
    """The engine fills in a schema's defaults, others do not."""
    return {name: parameter.default for name, parameter in rule.parameters.items()} | dict(given)


def _resource(args: ResourceValidationArgs, config: Mapping[str, Value]) -> Resource:
    return Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        properties=_guarded(args.props),
        config=config,
        provider=args.provider.props if args.provider else {},
    )


def _guarded(props: Mapping[str, Value]) -> Mapping[str, Value]:
    """Properties whose unknowns raise; what an earlier remedy returned comes without."""
    guarded: Mapping[str, Value] = unknown_checking_proxy(props) if isinstance(props, dict) else props
    return guarded


def _stack(args: StackValidationArgs, config: Mapping[str, Value], ledger: Ledger) -> Stack:
    """The stack of one request; what its members are is read for the first rule that asks."""
    global _latest  # noqa: PLW0603 - one request is judged at a time, and the next has other resources
    if _latest is None or _latest[0] is not args.resources:
        shared: dict[str, Value] = {}
        _latest = (args.resources, tuple(_member(one, shared) for one in args.resources), shared)
    _, members, shared = _latest
    shared.clear()
    shared.update(config)
    return Stack(ledger=ledger, members=members)


def _member(one: PolicyResource, config: Mapping[str, Value]) -> Member:
    return Member(
        type=one.resource_type,
        name=one.name,
        urn=one.urn,
        properties=one.props,
        config=config,
        provider=one.provider.props if one.provider else {},
        sources={
            name: frozenset(source.urn for source in sources) for name, sources in one.property_dependencies.items()
        },
    )


_latest: tuple[Sequence[PolicyResource], tuple[Member, ...], dict[str, Value]] | None = None
