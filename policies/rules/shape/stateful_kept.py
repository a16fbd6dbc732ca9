"""One wrong word in a program, or a `destroy` in the wrong terminal, must not be the end of the data.

Left out are buckets whose objects all expire soon, such as results of queries.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from .._buckets import BUCKET, expire_within, kinds
from .._exemptions import Ledger
from .._graph import Drawn, Sketch
from .._resource import NotEvaluated
from .._rule import Parameter, Severity, graph_rule
from .._stack import Stack
from .._where import HERE, PROD, asked_here

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._graph import Graph, Vertex

TABLE: Final = "aws:dynamodb/table:Table"
_NONE: Final = Ledger(exemptions=(), today=date.min)
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


RESULTS: Final = Sketch(type=BUCKET, name="results")


def _expire(days: int) -> Sketch:
    rule = {"status": "Enabled", "expiration": {"days": days}}
    return Sketch(
        type=kinds("bucketLifecycleConfiguration")[0],
        name="life",
        properties={"rules": [rule]},
        sources={"bucket": "results"},
    )


@graph_rule(
    id="shape-stateful-kept",
    title="Resources that hold data are protected, and stay when they leave the program",
    severity=Severity.HIGH,
    fix="Pass ResourceOptions(protect=True, retain_on_delete=True).",
    unique=True,
    parameters={
        "stacks": PROD,
        "transient_days": Parameter(7, "A bucket whose every object expires within so many days need not be kept."),
    },
    ok=(
        Drawn(_table(protect=True, retain=True), stack="prod"),
        Drawn(_table(protect=False, retain=False)),
        Drawn((RESULTS, _expire(1)), HERE),
        Drawn((Sketch(type="aws:sqs/queue:Queue", name="failures"),), stack="prod"),
    ),
    bad=(
        Drawn(_table(protect=False, retain=False), stack="prod"),
        Drawn(_table(protect=True, retain=False), stack="prod"),
        Drawn(_table(protect=False, retain=True), stack="prod"),
        Drawn(_table(protect=True, retain=False), HERE),
        Drawn((RESULTS, _expire(2)), HERE | {"transient_days": 1}),
        Drawn((RESULTS,), HERE),
    ),
)
def stateful_kept(graph: Graph) -> Iterator[tuple[Vertex, str] | NotEvaluated]:
    days = int(graph.vertices[0].config["transient_days"])
    transient, perhaps = expire_within(Stack(members=graph.vertices, ledger=_NONE), days)
    for one in graph.vertices:
        if one.type not in STATEFUL or not asked_here(one) or one.urn in transient:
            continue
        missing = [word for word, has in (("protect", one.protect), ("retain_on_delete", one.retain)) if not has]
        if missing and one.urn in perhaps:
            yield NotEvaluated(f"{one.name}.rules")
        elif missing:
            yield one, f"{' and '.join(missing)} {'are' if len(missing) > 1 else 'is'} not set"
