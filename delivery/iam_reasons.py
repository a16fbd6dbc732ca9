"""Why a role has what no code of ours calls: the sentences beside the statements, which no policy document can hold."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from agents.contract import FUNCTIONS, TABLES
from components import backup_grants, grants, iam
from components.arns import Arns
from components.naming import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

# Which account and names makes no difference to the sentences; a copy elsewhere brings all the statements there are.
_ARNS: Final = Arns(region="us-east-1", account="123456789012")
_RUNTIME: Final = grants.Estate(
    names=Names(prefix="qm", environment="dev", account=_ARNS.account, region=_ARNS.region),
    arns=_ARNS,
    tables={table.name: table.name for table in TABLES},
    bucket="data",
    results_bucket="results",
    audit_bucket="audit",
    database="lake",
    workgroup="gateway",
    keys=dict.fromkeys(("audit", "data", "delegation", "logs", "messages"), "key"),
    model="offline",
    guarded=False,
)
_BACKUP: Final = backup_grants.BackedUp(
    arns=_ARNS,
    tables=["table"],
    buckets=["bucket"],
    keys=["key"],
    vaults=[_ARNS.backup_vault("vault")],
    copy_arns=_ARNS.elsewhere("us-west-2"),
    copy_key="key",
)


@cache
def reasons() -> Mapping[tuple[str, str], str]:
    """Purpose of a role and sid of a statement -> the sentence that the statement has; those without are not in it."""
    return {(purpose, one.sid): one.why for purpose, found in _statements() for one in found if one.why}


def _statements() -> Iterator[tuple[str, Iterable[iam.Statement]]]:
    """Purpose of each role, and everything it may ever have."""
    yield "backup", backup_grants.takes_backups(_BACKUP)
    yield "restore", backup_grants.brings_back(_BACKUP)
    yield "restoretest", backup_grants.tries_bringing_back(_BACKUP)
    yield "flowlog", iam.delivers_flow_log(_ARNS, "group")
    yield "schedule", grants.schedule_grants(_RUNTIME)
    for function in FUNCTIONS:
        yield function.name, grants.hosting_of(function.name, _RUNTIME, traced=True, networked=True)
        yield function.name, grants.grants_of(function.name, _RUNTIME)
