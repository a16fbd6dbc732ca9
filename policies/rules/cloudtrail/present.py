"""Without a trail nobody can say afterwards who changed what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._rule import Parameter, Severity, stack_rule
from .._stack import Node, Together
from .._where import HERE, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._siblings import Answer
    from .._stack import Stack

TRAIL: Final = "aws:cloudtrail/trail:Trail"
STATEFUL: Final = ("aws:dynamodb/table:Table", "aws:s3/bucket:Bucket")
DATA: Final = Node(STATEFUL[0], "data", {"name": "qm-data-dev"})


@stack_rule(
    id="cloudtrail-present",
    title="A trail records what is done to data",
    severity=Severity.HIGH,
    fix="Add a Trail, or name the stacks that an organisation's trail covers by leaving them out of `stacks`.",
    sources=("FSBP:CloudTrail.3",),
    frameworks=("NIST 800-53:AU-2", "NIST 800-53:AU-12"),
    parameters={"stacks": Parameter(("prod", "staging"), "Stacks that this is asked of, as patterns of their names.")},
    ok=(Together((DATA, Node(TRAIL, "trail")), HERE), Together((DATA,)), Together((), HERE)),
    bad=(Together((DATA,), HERE),),
)
def present(stack: Stack) -> Iterator[Answer]:
    asked = [one for one in stack.members if one.type in STATEFUL and asked_here(one)]
    if asked and not stack.of(TRAIL):
        yield asked[0], "the stack has data, and no trail"
