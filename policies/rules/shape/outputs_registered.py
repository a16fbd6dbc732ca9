"""A component that never says it is done keeps its hooks waiting, and its outputs out of the state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._graph import Drawn, Sketch
from .._rule import Severity, graph_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex

STACK: Final = "pulumi:pulumi:Stack"
KIND: Final = "quartermaster:data:Data"


@graph_rule(
    id="shape-outputs-registered",
    title="Every component registers its outputs",
    severity=Severity.MEDIUM,
    fix="End the component's constructor with self.register_outputs({...}).",
    unique=True,
    ok=(
        Drawn((Sketch(type=KIND, name="data", custom=False),)),
        Drawn((Sketch(type="aws:s3/bucket:Bucket", name="b"),)),
    ),
    bad=(Drawn((Sketch(type=KIND, name="data", custom=False, completed=False),)),),
)
def outputs_registered(graph: Graph) -> Iterator[tuple[Vertex, str]]:
    for one in graph.vertices:
        if not one.custom and one.type != STACK and not one.completed:
            yield one, "it never calls register_outputs"
