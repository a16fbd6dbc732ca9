"""What functions are put together from alike, without a policy or a key pair, which take long to import."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from agents.access.tokens import Verifier
from agents.adapters.dynamodb.audit import DynamoDbAuditLog
from agents.adapters.dynamodb.configuration import DynamoDbConfigStore
from agents.adapters.dynamodb.table import Table
from agents.adapters.jwks import HttpKeySource
from agents.bootstrap.common import now
from agents.contract import Env

if TYPE_CHECKING:
    from collections.abc import Mapping


def config_store(settings: Mapping[str, str], tables: object) -> DynamoDbConfigStore:
    """The configuration of the tenant; `tables` is boto3's client of DynamoDB."""
    table = Table(tables, settings[Env.CONFIGURATION_TABLE])
    return DynamoDbConfigStore(table, tenant=settings[Env.TENANT], clock=now, random=random.random)


def audit_log(settings: Mapping[str, str], tables: object) -> DynamoDbAuditLog:
    """The audit of the tenant; `tables` is boto3's client of DynamoDB."""
    return DynamoDbAuditLog(Table(tables, settings[Env.AUDIT_TABLE]), tenant=settings[Env.TENANT], clock=now)


def people(settings: Mapping[str, str]) -> Verifier:
    """What proves people, by the keys of the stack's user pool."""
    return Verifier(
        HttpKeySource(settings[Env.JWKS_URL]),
        issuer=settings[Env.ISSUER],
        audience=settings[Env.AUDIENCE],
        clock=time.time,
    )
