"""One wrong word in a program, or a `destroy` in the wrong terminal, must not be the end of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._graph import Drawn, Sketch
from .._rule import Parameter, Severity, graph_rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex

TABLE: Final = "aws:dynamodb/table:Table"
# What holds data, or what data cannot be read without.
STATEFUL: Final = frozenset(
    {
        "aws:backup/vault:Vault",
        "aws:cognito/userPool:UserPool",
        "aws:docdb/cluster:Cluster",
        TABLE,
        "aws:ebs/volume:Volume",
        "aws:efs/fileSystem:FileSystem",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:kinesis/stream:Stream",
        "aws:kms/key:Key",
        "aws:neptune/cluster:Cluster",
        "aws:opensearch/domain:Domain",
        "aws:rds/cluster:Cluster",
        "aws:rds/instance:Instance",
        "aws:s3/bucket:Bucket",
        "aws:secretsmanager/secret:Secret",
    }
)


def _table(*, protect: bool, retain: bool) -> tuple[Sketch, ...]:
    return (Sketch(type=TABLE, name="conversation", protect=protect, retain=retain),)


@graph_rule(
    id="shape-stateful-kept",
    title="Resources that hold data are protected, and stay when they leave the program",
    severity=Severity.HIGH,
    fix="Pass ResourceOptions(protect=True, retain_on_delete=True).",
    unique=True,
    parameters={
        "environments": Parameter(("prod",), "Stacks whose data is kept."),
        "disposable": Parameter((), "Names of resources in the program that may be deleted with the stack."),
    },
    ok=(
        Drawn(_table(protect=True, retain=True), stack="prod"),
        Drawn(_table(protect=False, retain=False)),
        Drawn(_table(protect=False, retain=False), {"disposable": ["conversation"]}, stack="prod"),
        Drawn((Sketch(type="aws:sqs/queue:Queue", name="failures"),), stack="prod"),
    ),
    bad=(
        Drawn(_table(protect=False, retain=False), stack="prod"),
        Drawn(_table(protect=True, retain=False), stack="prod"),
        Drawn(_table(protect=False, retain=True), stack="prod"),
        Drawn(_table(protect=True, retain=False), {"environments": ["dev"]}),
    ),
)
def stateful_kept(graph: Graph) -> Iterator[tuple[Vertex, str]]:
    for one in graph.vertices:
        if one.type not in STATEFUL or one.stack not in list(one.config["environments"]):
            continue
        if one.name in list(one.config["disposable"]):
            continue
        missing = [word for word, has in (("protect", one.protect), ("retain_on_delete", one.retain)) if not has]
        if missing:
            yield one, f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set"
