"""A right that stands in a mutable attribute changes with a profile form; rights belong into groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._resource import UNKNOWN, Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .._scalars import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cognito-rights-not-in-attributes",
    title="No attribute that can change holds a right",
    applies_to="aws:cognito/userPool:UserPool",
    severity=Severity.MEDIUM,
    fix="Use a group, or set mutable to false or developer_only_attribute to true.",
    frameworks=("NIST 800-53:AC-3",),
    unique=True,
    parameters={
        "names": Parameter(
            ("role", "roles", "group", "groups", "persona", "permissions", "scope", "scopes", "admin", "tenant"),
            "Names of attributes that hold rights.",
        )
    },
    ok=(
        {},
        {"schemas": [{"name": "theme", "mutable": True}, {"name": "tenant", "mutable": False}]},
        Of({"schemas": [{"name": "role", "mutable": True}]}, config={"names": ["rank"]}),
    ),
    bad=(
        {"schemas": [{"name": "role", "mutable": True, "attributeDataType": "String"}]},
        {"schemas": {"name": "Tenant_Id", "mutable": "true"}},
        {"schemas": [{"name": "is_admin", "mutable": True}]},
    ),
)
def rights_not_in_attributes(pool: Resource) -> Iterator[Found | NotEvaluated]:
    rights = {str(one) for one in pool.config["names"]}
    for path in pool.each("schemas"):
        name, mutable = pool.peek(f"{path}.name"), pool.peek(f"{path}.mutable")
        if UNKNOWN in (name, mutable):
            yield NotEvaluated(f"{path}.name" if name is UNKNOWN else f"{path}.mutable")
        elif is_true(mutable) and rights & set(str(name).lower().replace("-", "_").split("_")):
            yield Found(str(name), f"{path} {name} is mutable, and sounds like a right")
