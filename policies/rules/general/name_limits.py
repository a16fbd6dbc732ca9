"""A name that is too long, or has a character the service refuses, ends a deployment halfway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._names import BUCKET, FUNCTION, KEY_ALIAS, NAMES, ROLE
from .._rule import Of, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

BALANCER = "aws:lb/loadBalancer:LoadBalancer"


@rule(
    id="name-limits",
    title="Physical names keep to their service's length and characters",
    applies_to=tuple(NAMES),
    severity=Severity.MEDIUM,
    fix="Take the name from the name solver, which knows each service's limits.",
    unique=True,
    ok=(
        Of({"name": "q" * 64}, FUNCTION),
        Of({"bucket": "qm.data-dev"}, BUCKET),
        Of({"name": "alias/qm-data-dev"}, KEY_ALIAS),
        Of({}, FUNCTION),
    ),
    bad=(
        Of({"name": "q" * 65}, FUNCTION),
        Of({"name": "qm api"}, FUNCTION),
        Of({"name": "q" * 65}, ROLE),
        Of({"bucket": "QM-data"}, BUCKET),
        Of({"bucket": "qm"}, BUCKET),
        Of({"bucket": "qm..data"}, BUCKET),
        Of({"name": "qm-data-dev"}, KEY_ALIAS),
        Of({"name": "-qm"}, BALANCER),
        Of({"name": "q" * 33}, BALANCER),
    ),
)
def name_limits(resource: Resource) -> Iterator[str]:
    limits = NAMES[resource.type]
    name = resource.known(limits.key)
    if not isinstance(name, str):
        return
    if not limits.least <= len(name) <= limits.most:
        yield f"{limits.key} has {len(name)} characters, {limits.least} to {limits.most} are allowed"
    if not limits.pattern.fullmatch(name):
        yield f"{limits.key} {name[:80]!r} has characters, or an order of them, that the service refuses"
