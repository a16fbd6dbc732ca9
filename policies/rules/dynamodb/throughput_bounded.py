"""A table on demand takes whatever a loop sends; a limit makes the loop fail instead of the budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Of, Severity, rule
from .._where import HERE, NOWHERE, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

LIMITS: Final = {"maxReadRequestUnits": 4000, "maxWriteRequestUnits": 1000}
TABLE: Final = "aws:dynamodb/table:Table"
DEMAND: Final = {"billingMode": "PAY_PER_REQUEST"}


@rule(
    id="dynamodb-throughput-bounded",
    title="Tables on demand have a limit of requests",
    applies_to=TABLE,
    severity=Severity.LOW,
    fix="Set on_demand_throughput with max_read_request_units and max_write_request_units.",
    unique=True,
    parameters={"stacks": NOWHERE},
    ok=(
        DEMAND,
        Of(DEMAND | {"onDemandThroughput": LIMITS}, TABLE, HERE),
        Of({"billingMode": "PROVISIONED"}, TABLE, HERE),
    ),
    bad=(
        Of(DEMAND, TABLE, HERE),
        Of(DEMAND | {"onDemandThroughput": {"maxReadRequestUnits": 10}}, TABLE, HERE),
        Of(DEMAND | {"onDemandThroughput": {"maxReadRequestUnits": -1, "maxWriteRequestUnits": -1}}, TABLE, HERE),
    ),
)
def throughput_bounded(table: Resource) -> Iterator[str]:
    if asked_here(table) and table.text("billingMode") == "PAY_PER_REQUEST":
        # -1 is the provider's word for no limit.
        missing = [key for key in LIMITS if table.number(f"onDemandThroughput.{key}") <= 0]
        if missing:
            yield f"not limited: {', '.join(missing)}"
