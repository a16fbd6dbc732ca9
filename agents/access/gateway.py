"""The one way to the data: attributes, rewrite, verify, execute, in this order and nowhere else."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING

from agents.access.grammar import MAX_ROWS
from agents.access.rewrite import rewrite
from agents.access.verify import verify

if TYPE_CHECKING:
    from agents.access.policy import Policy
    from agents.access.ports import AttributeSource, Engine, Rows
    from agents.access.principal import Caller
    from agents.access.rewrite import Catalogue
    from agents.deadline import Deadline

log = logging.getLogger(__name__)


class SqlGateway:
    """Answers a principal's SELECT with the rows that the policy grants.

    In the laptop's process it is called directly; on AWS it runs inside the gateway function. Raises as the
    `Gateway` port says.
    """

    def __init__(self, engine: Engine, attributes: AttributeSource, *, catalogue: Catalogue, policy: Policy) -> None:
        self.dialect = engine.dialect
        self._engine = engine
        self._attributes = attributes
        self._catalogue = catalogue
        self._policy = policy

    def query(self, statement: str, caller: Caller, *, deadline: Deadline) -> Rows:
        found = self._attributes.attributes(caller.principal.subject, deadline=deadline)
        principal = dataclasses.replace(caller.principal, attributes=found)
        safe = rewrite(statement, principal, self._catalogue, self._policy, self.dialect)
        verify(safe.statement, principal, self._catalogue, self._policy, self.dialect)
        log.info(
            "query",
            extra={
                "subject": principal.subject,
                "persona": principal.persona,
                "tables": safe.tables,
                "policy": safe.policy_digest,
                "statement": safe.statement_digest,
            },
        )
        deadline.check("the query")
        return self._engine.execute(safe.statement, max_rows=MAX_ROWS, deadline=deadline)
