"""What functions of the data plane are given by their stack: keys, who signs in with them, and the record."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import TYPE_CHECKING, Any

from agents.access.audit import Audit
from agents.access.credentials import ByForm
from agents.access.delegation import DelegationVerifier, Delegator, audience_of, issuer_of
from agents.access.principal import Principal
from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.local_issuer import AUDIENCE, ISSUER, LocalIssuer
from agents.adapters.local_signer import LocalSigner
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.bootstrap.common import new_id, now

if TYPE_CHECKING:
    from pathlib import Path

DATA, OTHER = audience_of("dev"), audience_of("staging")


class Platform:
    """One stack's keys and its record; the API's own tokens, and delegations for its data plane."""

    def __init__(self, keys: Path, folder: Path) -> None:
        self.issuer = LocalIssuer(keys / "issuer.pem", clock=time.time)
        self.signer = LocalSigner(keys / "delegation.pem")
        self.log = SqliteAuditLog(folder / "audit.db", tenant="default", clock=now)
        self.audit = Audit(self.log, tenant="default", now=now, new_id=new_id)
        people = Verifier(self.issuer, issuer=ISSUER, audience=AUDIENCE, clock=time.time)
        delegated = DelegationVerifier(self.signer, issuer=issuer_of("dev"), audience=DATA, clock=time.time)
        self.sign_in = SignIn(ByForm(people=people, delegated=delegated), "default", decisions=self.audit)

    def delegation(self, *, audience: str = DATA, stack: str = "dev", **changed: Any) -> str:  # noqa: ANN401 - fields of a principal
        """A machine's, in wanda's groups."""
        who = Principal(subject="key.nightly", tenant="default", groups=frozenset(), persona="warehouse_manager")
        delegator = Delegator(self.signer, issuer=issuer_of(stack), audience=audience, clock=time.time, new_id=new_id)
        return delegator.token(dataclasses.replace(who, **changed), actor="api")

    def recorded(self) -> list[dict[str, Any]]:
        """What another process finds in the record."""
        return [json.loads(entry.text) for entry in self.log.read(after="", limit=100)]
