"""A resource outside of every component moves, and is replaced, when somebody tidies up later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._graph import Drawn, Sketch
from .._rule import Severity, graph_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex

STACK: Final = "pulumi:pulumi:Stack"
ENGINE: Final = "pulumi:"  # types of the engine's own
DATA: Final = Sketch(type="quartermaster:data:Data", name="data", custom=False)
BUCKET: Final = "aws:s3/bucket:Bucket"


@graph_rule(
    id="shape-children-parented",
    title="Every resource belongs to a component",
    severity=Severity.MEDIUM,
    fix="Pass opts=ResourceOptions(parent=self) where the resource is made.",
    unique=True,
    ok=(
        Drawn((DATA, Sketch(type=BUCKET, name="data-bucket", parent="data"))),
        Drawn((Sketch(type="pulumi:providers:aws", name="aws"),)),
    ),
    bad=(Drawn((DATA, Sketch(type=BUCKET, name="bucket"))),),
)
def children_parented(graph: Graph) -> Iterator[tuple[Vertex, str]]:
    stacks = {one.urn for one in graph.of(STACK)}
    for one in graph.vertices:
        if one.custom and not one.type.startswith(ENGINE) and (not one.parent or one.parent in stacks):
            yield one, "it has no component for a parent"
