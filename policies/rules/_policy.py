"""From a rule to a policy that the engine runs, with each of its four results kept apart.

finding        a violation, with the rule's enforcement level
not evaluated  an advisory that names the unknown property: nothing red, but seen
defect         the rule itself raised: a violation that names the rule, so that no other rule is hidden
passed         nothing
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from ._resource import Found, NotEvaluated, NotKnownError, Resource
from ._stack import Member, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._resource import Value
    from ._rule import Check, Rule
    from ._stack import StackCheck

NOT_EVALUATED: Final = "not evaluated: "
FIX: Final = "Fix: "
WHAT: Final = "Exempt by: "  # before the name of one finding of a granular rule
DEFECT: Final = "defect in the rule: "

Result: TypeAlias = "tuple[str | None, str | Found | NotEvaluated]"  # URN, when it is not the resource asked about


class NotEvaluatedError(UnknownValueError):
    """Ends a policy the way the SDK ends one that touched an unknown: as an advisory."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, paths)
        names = ", ".join(dict.fromkeys(paths))
        self.message = f"{NOT_EVALUATED}{names} cannot be known before the resources exist"


def as_policy(rule: Rule) -> Policy:
    """The policy that runs the rule, on each resource of its types or once on the stack."""
    properties = {name: parameter.schema for name, parameter in rule.parameters.items()}
    schema = PolicyConfigSchema(properties) if properties else None
    level, severity = EnforcementLevel(rule.enforcement.value), Severity(rule.severity.value)
    if rule.applies_to:

        def on_resource(args: ResourceValidationArgs, report: ReportViolation) -> None:
            if args.resource_type in rule.applies_to:
                resource = _resource(args, _config(rule, args.get_config()))
                _report(rule, _results_on(cast("Check", rule.check), resource), report)

        return ResourceValidationPolicy(
            name=rule.id,
            description=rule.title,
            validate=on_resource,
            enforcement_level=level,
            config_schema=schema,
            display_name=rule.title,
            severity=severity,
            remediation_steps=rule.fix,
            url=rule.url,
        )

    def on_stack(args: StackValidationArgs, report: ReportViolation) -> None:
        stack = _stack(args, _config(rule, args.get_config()))
        _report(rule, _results_of(cast("StackCheck", rule.check), stack), report)

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


def _results_on(check: Check, resource: Resource) -> Iterator[Result]:
    for one in check(resource):
        yield None, one


def _results_of(check: StackCheck, stack: Stack) -> Iterator[Result]:
    for one in check(stack):
        yield (None, one) if isinstance(one, NotEvaluated) else (one[0].urn, one[1])


def _report(rule: Rule, results: Iterator[Result], report: ReportViolation) -> None:
    unknown: list[str] = []
    try:
        for urn, result in results:
            if isinstance(result, NotEvaluated):
                unknown.append(result.path)
            elif isinstance(result, Found):
                report(f"{result.message}\n{WHAT}{result.what}\n{FIX}{rule.fix}", urn)
            else:
                report(f"{result}\n{FIX}{rule.fix}", urn)
    except NotKnownError as error:
        unknown.append(error.path)
    except UnknownValueError as error:  # the rule touched an unknown inside a value that it had read
        unknown.append(".".join(error.props))
    except Exception as error:  # noqa: BLE001 - one rule's defect must not hide the findings of the others
        # The error's text may hold a property's value, which may be a secret: its class and line suffice.
        line = traceback.extract_tb(error.__traceback__)[-1]
        report(f"{DEFECT}{type(error).__name__} at {line.name}:{line.lineno}\n{FIX}Mend the rule {rule.id}.", None)
    if unknown:
        raise NotEvaluatedError(unknown)


def _config(rule: Rule, given: Mapping[str, Value]) -> Mapping[str, Value]:
    """The engine fills in a schema's defaults, others do not."""
    return {name: parameter.default for name, parameter in rule.parameters.items()} | dict(given)


def _resource(args: ResourceValidationArgs, config: Mapping[str, Value]) -> Resource:
    return Resource(
        type=args.resource_type,
        name=args.name,
        urn=args.urn,
        properties=args.props,
        config=config,
        provider=args.provider.props if args.provider else {},
    )


def _stack(args: StackValidationArgs, config: Mapping[str, Value]) -> Stack:
    return Stack(
        tuple(
            Member(
                type=one.resource_type,
                name=one.name,
                urn=one.urn,
                properties=one.props,
                config=config,
                provider=one.provider.props if one.provider else {},
                sources={
                    name: frozenset(source.urn for source in sources)
                    for name, sources in one.property_dependencies.items()
                },
            )
            for one in args.resources
        ),
    )
