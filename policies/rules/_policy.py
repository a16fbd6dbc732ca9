"""From a rule to a policy that the engine runs, with each of its four results kept apart.

finding        a violation, with the rule's enforcement level
not evaluated  an advisory that names the unknown property: nothing red, but seen
defect         the rule itself raised: a violation that names the rule, so that no other rule is hidden
passed         nothing
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Final

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from ._resource import NotEvaluated, NotKnownError, Resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._rule import Rule

NOT_EVALUATED: Final = "not evaluated: "
FIX: Final = "Fix: "
DEFECT: Final = "defect in the rule: "


class NotEvaluatedError(UnknownValueError):
    """Ends a policy the way the SDK ends one that touched an unknown: as an advisory."""

    def __init__(self, paths: list[str]) -> None:
        super().__init__(UNKNOWN_STRING_VALUE, paths)
        names = ", ".join(dict.fromkeys(paths))
        self.message = f"{NOT_EVALUATED}{names} cannot be known before the resources exist"


def as_policy(rule: Rule) -> ResourceValidationPolicy:
    """The policy that runs the rule on each resource of its types."""
    properties = {name: parameter.schema for name, parameter in rule.parameters.items()}
    return ResourceValidationPolicy(
        name=rule.id,
        description=rule.title,
        validate=_validation(rule),
        enforcement_level=EnforcementLevel(rule.enforcement.value),
        config_schema=PolicyConfigSchema(properties) if properties else None,
        display_name=rule.title,
        severity=Severity(rule.severity.value),
        remediation_steps=rule.fix,
        url=rule.url,
    )


def _validation(rule: Rule) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    defaults = {name: parameter.default for name, parameter in rule.parameters.items()}

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if args.resource_type not in rule.applies_to:
            return
        resource = Resource(
            type=args.resource_type,
            name=args.name,
            urn=args.urn,
            properties=args.props,
            config=defaults | dict(args.get_config()),
            provider=args.provider.props if args.provider else {},
        )
        unknown: list[str] = []
        try:
            for result in rule.check(resource):
                if isinstance(result, NotEvaluated):
                    unknown.append(result.path)
                else:
                    report(f"{result}\n{FIX}{rule.fix}", None)
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

    return validate
