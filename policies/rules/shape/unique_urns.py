"""Two resources of one type, parent and name are one to the engine, which refuses the second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._graph import Drawn, Sketch
from .._rule import Severity, graph_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex

BUCKET: Final = "aws:s3/bucket:Bucket"
QUEUE: Final = "aws:sqs/queue:Queue"


@graph_rule(
    id="shape-unique-urns",
    title="No two resources have the same URN",
    severity=Severity.HIGH,
    fix="Name one of them otherwise, and after its component.",
    unique=True,
    ok=(Drawn((Sketch(type=BUCKET, name="a"), Sketch(type=BUCKET, name="b"), Sketch(type=QUEUE, name="a"))),),
    bad=(Drawn((Sketch(type=BUCKET, name="a"), Sketch(type=BUCKET, name="a"))),),
)
def unique_urns(graph: Graph) -> Iterator[tuple[Vertex, str]]:
    seen: dict[str, Vertex] = {}
    for one in graph.vertices:
        first = seen.setdefault(one.urn, one)
        if first is not one:
            yield one, f"it has the URN of the resource made at {first.location or 'an unknown line'}"
