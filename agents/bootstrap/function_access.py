"""What every deployed function decides on access with: who asks, by which policy, and where decisions are kept."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.access.audit import Audit
from agents.access.credentials import ByForm
from agents.access.delegation import DelegationVerifier, audience_of, issuer_of
from agents.access.measured import MeasuredLog
from agents.access.sign_in import SignIn
from agents.adapters import aws
from agents.adapters.kms import KmsSigner
from agents.bootstrap.common import new_id, now
from agents.bootstrap.function_parts import audit_log, config_store, people
from agents.configuration.access_policy import AccessPolicy
from agents.contract import Env
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from agents.access.ports import AuditLog
    from agents.access.tokens import Verifier
    from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
    from agents.telemetry.measures import Measures


@dataclass(frozen=True, kw_only=True)
class FunctionAccess:
    """`verifier` proves people; what proves others is up to the function."""

    verifier: Verifier
    delegation_key: KmsSigner
    store: DynamoDbConfigStore
    policy: AccessPolicy
    log: AuditLog
    audit: Audit


def function_access(
    settings: Mapping[str, str], measures: Measures, *, agents: Collection[str], tools: Collection[str]
) -> FunctionAccess:
    """The access of a function with these settings; nothing is asked of AWS yet.

    `agents` and `tools` are the names that a policy may grant.
    """
    tables = aws.client("dynamodb")
    store = config_store(settings, tables)
    log = MeasuredLog(audit_log(settings, tables), measures)
    audit = Audit(log, tenant=settings[Env.TENANT], now=now, new_id=new_id)
    return FunctionAccess(
        verifier=people(settings),
        delegation_key=KmsSigner(aws.client("kms"), settings[Env.DELEGATION_KEY]),
        store=store,
        policy=AccessPolicy(
            store,
            environment=settings[Env.ENVIRONMENT],
            catalogue=CATALOGUE,
            agents=agents,
            tools=tools,
        ),
        log=log,
        audit=audit,
    )


def data_plane_sign_in(access: FunctionAccess, settings: Mapping[str, str], measures: Measures) -> SignIn:
    """The sign-in of a function behind an envelope: people by their token, others by a delegation of ours."""
    environment = settings[Env.ENVIRONMENT]
    delegated = DelegationVerifier(
        access.delegation_key, issuer=issuer_of(environment), audience=audience_of(environment), clock=time.time
    )
    credentials = ByForm(people=access.verifier, delegated=delegated)
    return SignIn(credentials, settings[Env.TENANT], decisions=access.audit, measures=measures)
