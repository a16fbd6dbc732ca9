"""What the tests of documents are checked against: two agents, three tools, a catalogue, a policy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

from agents.configuration.deployed import UNKNOWN, Context, Deployed
from agents.configuration.kinds import check_document

if TYPE_CHECKING:
    from agents.errors import Problem

Doc: TypeAlias = "dict[str, Any]"
TODAY = date(2026, 11, 21)
SCHEMA: Doc = {
    "type": "object",
    "properties": {
        "carrier_key": {"type": "string", "format": "secret"},
        "rows": {"type": "integer", "minimum": 1},
        "callback": {"type": "string"},
    },
    "additionalProperties": False,
}
GOOD: Doc = {"title": "Carriers", "instructions": "Answer.", "tools": ["track"]}


@dataclass(frozen=True)
class FakeAgent:
    parameters: Doc | None = None


@dataclass(frozen=True)
class FakeTool:
    timeout_s: float = 5.0
    personas: frozenset[str] = frozenset({"warehouse_manager"})


def model(quota_pool: str, **more: object) -> Doc:
    return {"provider": "bedrock", "id": f"id.{quota_pool}", "quota_pool": quota_pool, "context_tokens": 1000, **more}


CATALOGUE: Doc = {
    "as_of": "2026-11-01",
    "models": {
        "big": model("a", output_usd_per_million="15"),
        "big-too": model("a"),
        "small": model("b"),
        "european": model("c", regions=["eu-west-1"]),
        "ending": model("d", eol="2027-01-20"),
        "later": model("e", eol="2027-01-21"),
        "ended": model("f", eol="2026-11-21"),
        "old": model("g", legacy="2026-01-01"),
    },
}


@dataclass
class World:
    """`documents` are those published; `deployed` is the stack."""

    documents: dict[str, Doc] = field(default_factory=lambda: {"models/catalogue": CATALOGUE})
    deployed: Deployed = UNKNOWN
    schema: Doc | None = None

    def check(self, content: Doc, key: str = "agent/carriers") -> tuple[Problem, ...]:
        context = Context(
            agents={"carriers": FakeAgent(self.schema), "stock": FakeAgent()},
            tools={"track": FakeTool(), "slow": FakeTool(timeout_s=60), "write_off": FakeTool()},
            documents=self.documents.get,
            today=TODAY,
            deployed=self.deployed,
        )
        return check_document(key, content, context)

    def places(self, content: Doc, key: str = "agent/carriers") -> list[tuple[str, str]]:
        """Code and pointer of each problem, sorted."""
        return sorted((problem.code, problem.pointer) for problem in self.check(content, key))
