"""A table with a fixed capacity refuses requests in the busiest hour and is paid for in the quietest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import NotEvaluated
from .._rule import Severity, stack_rule
from .._siblings import Bond, Kin, holds
from .._stack import Node, Together

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

TABLE: Final = "aws:dynamodb/table:Table"
TARGET: Final = "aws:appautoscaling/target:Target"
TABLES: Final = Bond(owners={TABLE: "name"}, siblings={TARGET: "resourceId"})
BOTH: Final = ("dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits")
FIXED: Final = Node(TABLE, "table", {"name": "qm-data-dev", "billingMode": "PROVISIONED"})


def _target(dimension: str, resource: str = "table/qm-data-dev") -> Node:
    return Node(TARGET, dimension, {"resourceId": resource, "scalableDimension": dimension})


@stack_rule(
    id="dynamodb-scales",
    title="Tables grow with what is asked of them",
    severity=Severity.MEDIUM,
    fix="Set billing_mode to PAY_PER_REQUEST, or add an autoscaling target for reads and one for writes.",
    sources=("FSBP:DynamoDB.1", "checkov:CKV2_AWS_16", "prowler:dynamodb_table_autoscaling_enabled"),
    frameworks=("NIST 800-53:CP-10", "NIST 800-53:SC-5"),
    ok=(
        Together((Node(TABLE, "table", {"billingMode": "PAY_PER_REQUEST"}),)),
        Together((FIXED, _target(BOTH[0]), _target(BOTH[1]))),
        Together(
            (
                Node(TABLE, "table", {"billingMode": "PROVISIONED"}),
                *(Node(TARGET, one, {"scalableDimension": one}, {"resourceId": "table"}) for one in BOTH),
            )
        ),
    ),
    bad=(
        Together((FIXED,)),
        Together((Node(TABLE, "table", {"name": "qm-data-dev"}),)),
        Together((FIXED, _target(BOTH[0]))),
        Together((FIXED, _target(BOTH[0]), _target(BOTH[1], "table/another"))),
    ),
)
def scales(stack: Stack) -> Iterator[Answer]:
    kin = Kin(stack, TABLES)
    targets = [(one, *kin.of(one, "resourceId")) for one in stack.of(TARGET)]
    for table in kin.owners:
        demand = holds(lambda one: one.text("billingMode") == "PAY_PER_REQUEST", table)
        if demand is True:
            continue
        dimensions = {one.peek("scalableDimension") for one, owners, _ in targets if table.urn in owners}
        missing = [one.split(":")[2] for one in BOTH if one not in dimensions]
        perhaps = any(more or not set(BOTH).issuperset(dimensions) for _, _, more in targets)
        if isinstance(demand, NotEvaluated):
            yield NotEvaluated(f"{table.name}.{demand.path}")
        elif missing and perhaps:
            yield NotEvaluated(f"{table.name}.name")
        elif missing:
            yield table, f"capacity is fixed: nothing scales {' and '.join(missing)}"
