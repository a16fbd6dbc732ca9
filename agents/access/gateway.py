"""The one way to the data: attributes, rewrite and verify, decision, execution, in this order and nowhere else."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from agents.access.attributes import ATTRIBUTE_TABLES
from agents.access.decisions import Decision
from agents.access.grammar import MAX_ROWS
from agents.access.prepared import Preparer
from agents.access.result_cache import ResultCache
from agents.access.roles import Action, allowing
from agents.digests import sha256
from agents.errors import ForbiddenError, InvalidError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.access.catalogue import Catalogue
    from agents.access.decisions import Decisions
    from agents.access.policy import Policy, PolicySource
    from agents.access.ports import AttributeSource, Engine, Rows
    from agents.access.principal import Caller, Principal
    from agents.access.rewrite import Rewritten
    from agents.deadline import Deadline
    from agents.json_value import Json

_MOST_CHARS: Final = 300  # of a predicate in the audit; its digest is over all of it


class SqlGateway:
    """Answers a principal's SELECT with the rows that the policy grants.

    In the laptop's process it is called directly; on AWS it runs inside the gateway function. Every statement is
    decided anew and the decision recorded before it runs, also when its result was kept. Raises as the `Gateway` port
    says, and UnavailableError when a decision cannot be recorded.
    """

    def __init__(  # noqa: PLR0913 - what a decision takes
        self,
        engine: Engine,
        attributes: AttributeSource,
        *,
        catalogue: Catalogue,
        policy: PolicySource,
        decisions: Decisions,
        results: ResultCache | None = None,
    ) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._attributes = attributes
        self._preparer = Preparer(catalogue, engine.dialect)
        self._policy = policy
        self._decisions = decisions
        self._results = results or ResultCache()

    def query(self, statement: str, caller: Caller, *, deadline: Deadline) -> Rows:
        policy = self._policy()
        try:
            safe, rule = self._prepare(statement, caller.principal, policy, deadline)
        except (ForbiddenError, InvalidError) as error:
            detail: dict[str, Json] = {"asked": _digest(statement), "policy": policy.digest, "dialect": self.dialect}
            self._record(caller.principal, "query", allowed=False, rule=error.code, detail=detail)
            raise
        version = self._engine.data_version()
        kept = self._results.get(safe.statement, version)
        resource = f"table/{'+'.join(safe.tables)}" if safe.tables else "query"
        detail = _certificate(safe, cached=kept is not None)
        self._record(caller.principal, resource, allowed=True, rule=rule, detail=detail)
        deadline.check("the query")
        if kept is not None:
            return kept
        rows = self._engine.execute(safe.statement, max_rows=MAX_ROWS, deadline=deadline)
        self._results.put(safe.statement, version, rows)
        return rows

    def _prepare(self, statement: str, who: Principal, policy: Policy, deadline: Deadline) -> tuple[Rewritten, str]:
        """The statement to send, and the rule that lets this person send it."""
        rule = allowing(who, Action.QUERY)
        if rule is None:
            raise ForbiddenError("you may not query the data", fix="Ask to be added to a persona's group.")
        # What a request says of its own is overwritten by what the server's tables say.
        found = self._attributes.attributes(who.subject, deadline=deadline)
        safe = self._preparer.prepare(statement, dataclasses.replace(who, attributes=found), policy)
        # Who is responsible for what is the server's own: no policy opens it, whatever it says.
        if ATTRIBUTE_TABLES.intersection(safe.tables):
            raise ForbiddenError("the statement names a table that you may not read")
        return safe, rule

    def _record(self, who: Principal, resource: str, *, allowed: bool, rule: str, detail: Mapping[str, Json]) -> None:
        decision = Decision.of(who, Action.QUERY, resource, allowed=allowed, rule=rule, detail=detail)
        self._decisions.record(decision)


def _certificate(safe: Rewritten, *, cached: bool) -> dict[str, Json]:
    """What proves that a statement was safe to send. Nothing of it is in the asker's words."""
    return {
        "tables": list(safe.tables),
        "rows": [predicate[:_MOST_CHARS] for predicate in safe.predicates],
        "rows_digest": _digest("\n".join(safe.predicates)),
        "masked": list(safe.masked),
        "hidden": list(safe.hidden),
        "policy": safe.policy_digest,
        "statement": safe.statement_digest,
        "dialect": safe.dialect,
        "cached": cached,
    }


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace"))
