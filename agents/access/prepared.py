"""A statement made ready to send: rewritten for its asker, and proven safe by a second look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agents.access.rewrite import rewrite
from agents.access.verify import verify

if TYPE_CHECKING:
    from agents.access.catalogue import Catalogue
    from agents.access.policy import Policy
    from agents.access.principal import Principal
    from agents.access.rewrite import Rewritten


class Preparer:
    """Rewrites and verifies statements over one catalogue, in one dialect."""

    def __init__(self, catalogue: Catalogue, dialect: str) -> None:
        self._catalogue = catalogue
        self._dialect = dialect

    def prepare(self, sql: str, principal: Principal, policy: Policy) -> Rewritten:
        """What to send for `sql`; raises InvalidError and ForbiddenError as `rewrite` and `verify` do."""
        safe = rewrite(sql, principal, self._catalogue, policy, self._dialect)
        verify(safe.statement, principal, self._catalogue, policy, self._dialect)
        return safe
