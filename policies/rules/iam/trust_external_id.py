"""Somebody else's service that takes our role can be talked into using it for a third party."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from .._accounts import account_of, own_accounts
from .._examples import ACCOUNT, STRANGER, trust
from .._identity import ROLE, documents
from .._owners import TRUST
from .._resource import Found, NotEvaluated
from .._rule import Of, Parameter, Severity, rule
from .._scope import fixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


AGREED: Final = ("sts:externalid", "aws:principalorgid")
OURS: Final = {"allowedAccountIds": f'["{ACCOUNT}"]'}
THEIRS: Final = trust({"AWS": f"arn:aws:iam::{STRANGER}:root"})


@rule(
    id="iam-trust-external-id",
    title="Roles that another account may take ask for an external id",
    applies_to=ROLE,
    severity=Severity.HIGH,
    fix="Add the condition sts:ExternalId with a value that only the two of you know, or aws:PrincipalOrgID.",
    sources=("cloudsplaining:AssumableByCrossAccountPrincipal",),
    frameworks=("NIST 800-53:AC-3",),
    parameters={"accounts": Parameter((), "Other accounts of yours, which need no external id.")},
    ok=(
        Of(trust({"AWS": f"arn:aws:iam::{ACCOUNT}:role/reader"}), provider=OURS),
        Of(trust({"AWS": STRANGER}, StringEquals={"sts:ExternalId": "one"}), provider=OURS),
        Of(trust({"AWS": STRANGER}, StringEquals={"aws:PrincipalOrgID": "o-1"}), provider=OURS),
        Of(trust({"Service": "lambda.amazonaws.com"})),
        Of(THEIRS, config={"accounts": [STRANGER]}, provider=OURS),
    ),
    bad=(
        Of(THEIRS, provider=OURS),
        Of(THEIRS, config={"accounts": [ACCOUNT]}),
        Of(trust({"AWS": STRANGER}, StringLike={"sts:ExternalId": "*"}), provider=OURS),
    ),
)
def trust_external_id(role: Resource) -> Iterator[Result]:
    own = {*own_accounts(role), *role.config["accounts"]}
    found = documents(role, partial(_judge, own=own), (TRUST,))
    for one in found:
        unsure = isinstance(one, Found) and not own
        yield NotEvaluated("provider.allowedAccountIds") if unsure else one


def _judge(statements: tuple[Statement, ...], own: set[str]) -> Iterator[Found]:
    for statement in statements:
        if not statement.allows or any(fixed(statement, key) for key in AGREED):
            continue
        for account in dict.fromkeys(map(account_of, statement.principals.get("AWS", ()))):
            if account and account not in own:
                yield Found(account, f"{statement.name} lets account {account} take the role without an external id")
