"""A user who may write an attribute writes it into the own token; whoever decides by it lets the user decide.

A client that names no attributes lets its users write all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


IDENTIFYING: Final = {"email", "phone_number", "preferred_username"}


@rule(
    id="cognito-claims-not-writable",
    title="Users cannot write what others may decide by",
    applies_to="aws:cognito/userPoolClient:UserPoolClient",
    severity=Severity.HIGH,
    fix="Set write_attributes to those that nobody decides by, such as locale.",
    frameworks=("NIST 800-53:AC-3", "NIST 800-53:AC-6"),
    unique=True,
    parameters={"allowed": Parameter((), "Attributes that users may write although they identify or are custom.")},
    ok=(
        {"writeAttributes": ["locale", "zoneinfo"]},
        Of({"writeAttributes": ["custom:theme"]}, config={"allowed": ["custom:theme"]}),
    ),
    bad=({}, {"writeAttributes": ["locale", "custom:role"]}, {"writeAttributes": ["email"]}),
)
def claims_not_writable(client: Resource) -> Iterator[Found | str | NotEvaluated]:
    if not client.is_set("writeAttributes"):
        yield "writeAttributes is not set, so users may write every attribute"
        return
    read = texts(client, "writeAttributes")
    if read.unknown:
        yield NotEvaluated("writeAttributes")
    for name in read.values:
        if (name.startswith("custom:") or name in IDENTIFYING) and name not in client.config["allowed"]:
            yield Found(name, f"writeAttributes has {name}")
