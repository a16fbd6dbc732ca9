"""Beyond 512 MB the scratch space of a function is billed for each second that it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


@rule(
    id="cost-storage-bounded",
    title="Functions have no more scratch space than they may need",
    applies_to="aws:lambda/function:Function",
    severity=Severity.LOW,
    fix="Lower ephemeral_storage.size, or raise the parameter for the stack that needs it.",
    unique=True,
    parameters={"most_mb": Parameter(2048, "Most scratch space, in MB.")},
    ok=({}, {"ephemeralStorage": {"size": 2048}}, Of({"ephemeralStorage": {"size": 9}}, config={"most_mb": 10})),
    bad=({"ephemeralStorage": {"size": 10240}}, Of({"ephemeralStorage": {"size": 513}}, config={"most_mb": 512})),
)
def storage_bounded(function: Resource) -> Iterator[str]:
    size, most = function.number("ephemeralStorage.size"), int(function.config["most_mb"])
    if size > most:
        yield f"ephemeralStorage.size is {size:g}, at most {most} are asked for"
