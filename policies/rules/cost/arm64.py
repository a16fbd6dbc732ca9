"""The same function on Graviton costs a fifth less for each second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Enforcement, Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cost-arm64",
    title="Functions run on arm64",
    applies_to="aws:lambda/function:Function",
    severity=Severity.LOW,
    fix="Set architectures to arm64, and package for it.",
    enforcement=Enforcement.ADVISORY,
    parameters={"allowed": Parameter(("arm64",), "Architectures that are allowed.")},
    ok=(
        {"architectures": ["arm64"]},
        {"architectures": "arm64"},
        Of({}, config={"allowed": ["arm64", "x86_64"]}),
    ),
    bad=({}, {"architectures": ["x86_64"]}, {"architectures": "x86_64"}),
)
def arm64(function: Resource) -> Iterator[str]:
    given = [function.text(path) for path in function.each("architectures")] or ["x86_64"]
    for one in given:
        if one not in list(function.config["allowed"]):
            yield f"it runs on {one}"
