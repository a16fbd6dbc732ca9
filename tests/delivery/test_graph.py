"""Rules about the program itself: what they see of it, and that one that raises hides no other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from delivery.analysis import Servicer
from delivery.graph import graph_of
from delivery.recorder import record
from delivery.stack_files import read_stack
from policies.rules._graph import Drawn, Graph, Sketch, Vertex
from policies.rules._resource import Found, NotEvaluated
from policies.rules._rule import Scope, Severity, graph_rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from delivery.recorder import Recording

SOURCE: Final = """
import pulumi
import pulumi_aws as aws

provider = aws.Provider("aws", region="us-east-1", allowed_account_ids=["123456789012"])
opts = pulumi.ResourceOptions(provider=provider, protect=True, retain_on_delete=True)
key = aws.kms.Key("key", opts=opts)
alias = aws.kms.Alias("alias", name="alias/a", target_key_id=key.key_id, opts=pulumi.ResourceOptions(provider=provider))

class Part(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("quartermaster:x:Part", "part")

Part()
"""


def recorded(folder: Path) -> Recording:
    (folder / "Pulumi.yaml").write_text("name: quartermaster\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {}\n")
    (folder / "__main__.py").write_text(SOURCE)
    return record(folder, read_stack(folder, "dev"))


def named(graph: Graph, name: str) -> Vertex:
    return next(one for one in graph.vertices if one.name == name)


def test_a_vertex_has_what_the_engine_tells_no_pack(tmp_path: Path) -> None:
    """Protection and retention, parents, unfinished components, and where each line is."""
    graph = graph_of(recorded(tmp_path), {"least": 1})
    key, alias, part = (named(graph, name) for name in ("key", "alias", "part"))
    assert (key.protect, key.retain, alias.protect, alias.retain) == (True, True, False, False)
    assert alias.sources["targetKeyId"] == frozenset({key.urn})
    assert (part.custom, part.completed) == (False, False)
    assert key.location == "__main__.py:7"
    assert key.provider_urn.endswith("::aws")
    assert key.config == {"least": 1}


@graph_rule(
    id="test-graph",
    title="Keys are retained",
    severity=Severity.HIGH,
    fix="Retain them.",
    ok=(Drawn((Sketch(type="aws:kms/key:Key", name="k", retain=True),)),),
    bad=(Drawn((Sketch(type="aws:kms/key:Key", name="k"),)),),
)
def keys_are_retained(graph: Graph) -> Iterator[tuple[Vertex, str | Found] | NotEvaluated]:
    for one in graph.of("aws:kms/key:Key"):
        if one.retain:
            yield one, Found("retained", "is retained, which this rule dislikes")
    for one in graph.of("aws:kms/alias:Alias"):
        one.text("targetKeyId")


@graph_rule(
    id="test-raises",
    title="Raises",
    severity=Severity.HIGH,
    fix="Mend it.",
    ok=(),
    bad=(),
)
def raises(graph: Graph) -> Iterator[tuple[Vertex, str]]:
    yield graph.vertices[0], str(1 / (len(graph.vertices) - len(graph.vertices)))


def test_findings_unknowns_and_defects_are_kept_apart(tmp_path: Path) -> None:
    """A finding is of scope graph and names its resource; an unknown is not evaluated; a rule that raises is named."""
    servicer = Servicer({}, (keys_are_retained, raises))
    finding, unknown, defect = servicer.judge_program(recorded(tmp_path))
    assert (finding.rule, finding.scope, finding.what) == ("test-graph", "graph", "retained")
    assert finding.urn.endswith("::key")
    assert unknown.reason.startswith("targetKeyId cannot be known")
    assert (defect.rule, defect.message) == ("test-raises", "defect in the rule: ZeroDivisionError")


def test_a_rule_can_be_switched_off(tmp_path: Path) -> None:
    """As every other rule, by its profile."""
    servicer = Servicer({"test-graph": "disabled"}, (keys_are_retained,))
    assert list(servicer.judge_program(recorded(tmp_path))) == []
    assert keys_are_retained.scope is Scope.GRAPH
