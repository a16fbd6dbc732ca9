"""Without a provider of ours a resource goes wherever the credentials of the day lead, without our tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._graph import Drawn, Sketch
from .._rule import Severity, graph_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex

ENGINE: Final = "pulumi:"
BUCKET: Final = "aws:s3/bucket:Bucket"


@graph_rule(
    id="shape-explicit-provider",
    title="Every resource has an explicit provider",
    severity=Severity.HIGH,
    fix="Pass the provider to the resource, or to the component that makes it.",
    unique=True,
    ok=(
        Drawn((Sketch(type=BUCKET, name="b"),)),
        Drawn((Sketch(type="pulumi:providers:aws", name="aws", provider=False),)),
        Drawn((Sketch(type="quartermaster:data:Data", name="data", custom=False, provider=False),)),
    ),
    bad=(Drawn((Sketch(type=BUCKET, name="b", provider=False),)),),
)
def explicit_provider(graph: Graph) -> Iterator[tuple[Vertex, str]]:
    for one in graph.vertices:
        if one.custom and not one.type.startswith(ENGINE) and not one.provider_urn:
            yield one, "it has no explicit provider"
