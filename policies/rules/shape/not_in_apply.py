"""What a callback of `apply` makes is not there while its output is unknown: no preview and no policy sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._graph import Drawn, Sketch
from .._rule import Severity, graph_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex

BUCKET: Final = "aws:s3/bucket:Bucket"


@graph_rule(
    id="shape-not-in-apply",
    title="No resource is made inside a callback of apply",
    severity=Severity.HIGH,
    fix="Make it outside, and hand it the output.",
    unique=True,
    ok=(Drawn((Sketch(type=BUCKET, name="b"),)),),
    bad=(
        Drawn((Sketch(type=BUCKET, name="b", in_callback=True),)),
        Drawn(
            (
                Sketch(type="quartermaster:data:Data", name="data", custom=False, in_callback=True),
                Sketch(type=BUCKET, name="b", parent="data", in_callback=True),
            )
        ),
    ),
)
def not_in_apply(graph: Graph) -> Iterator[tuple[Vertex, str]]:
    inside = {one.urn for one in graph.vertices if one.in_callback}
    for one in graph.vertices:
        if one.in_callback and one.parent not in inside:  # what made its parent made it too
            yield one, "it is made inside a callback of apply"
