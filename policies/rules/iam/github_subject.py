"""Without its repository a role trusts every workflow on GitHub; with `:*` also every branch and pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._examples import trust
from .._globs import has_wildcard
from .._identity import ROLE, allowed
from .._owners import TRUST
from .._resource import Found
from .._rule import Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._documents import Statement
    from .._identity import Result
    from .._resource import Resource


ISSUER: Final = "token.actions.githubusercontent.com"
GITHUB: Final = {"Federated": f"arn:aws:iam::000000000000:oidc-provider/{ISSUER}"}
WEB: Final = "sts:AssumeRoleWithWebIdentity"
SUBJECT: Final = f"{ISSUER}:sub"
IS: Final = ("StringEquals", "StringLike", "StringEqualsIgnoreCase")


@rule(
    id="iam-github-subject",
    title="Roles for GitHub name the repository, and the branch or environment",
    applies_to=ROLE,
    severity=Severity.CRITICAL,
    fix=f"Compare {SUBJECT} with repo:OWNER/REPOSITORY:environment:NAME or :ref:refs/heads/NAME.",
    sources=("checkov:CKV_AWS_358", "prowler:iam_role_github_oidc_trust_subject_restricted"),
    frameworks=("NIST 800-53:AC-3",),
    ok=(
        trust(GITHUB, WEB, StringEquals={SUBJECT: "repo:owner/one:environment:prod"}),
        trust(GITHUB, WEB, StringLike={SUBJECT: ["repo:owner/one:ref:refs/tags/v*"]}),
        trust({"Service": "lambda.amazonaws.com"}),
    ),
    bad=(
        trust(GITHUB, WEB),
        trust(GITHUB, WEB, StringLike={SUBJECT: "*"}),
        trust(GITHUB, WEB, StringLike={SUBJECT: "repo:*"}),
        trust(GITHUB, WEB, StringLike={SUBJECT: "repo:owner/*:environment:prod"}),
        trust(GITHUB, WEB, StringLike={SUBJECT: ["repo:owner/one:*", "repo:owner/one:environment:prod"]}),
        trust(GITHUB, WEB, StringEqualsIfExists={SUBJECT: "repo:owner/one:environment:prod"}),
        trust(GITHUB, WEB, ForAllValues__StringEquals={SUBJECT: "repo:owner/one:environment:prod"}),
    ),
)
def github_subject(role: Resource) -> Iterator[Result]:
    yield from allowed(role, _judge, (TRUST,))


def _judge(statement: Statement) -> Iterator[Found]:
    if not any(one.endswith(ISSUER) for one in statement.principals.get("Federated", ())):
        return
    tests = [(one, values) for one, key, values in statement.conditions if key == SUBJECT and values]
    subjects = [one for operator, values in tests if operator in IS for one in values]
    if not subjects:
        yield Found("subject", f"{statement.name} lets the workflows of every repository take the role")
    for one in subjects:
        kind, _, rest = one.partition(":")
        repository, _, run = rest.partition(":")
        if has_wildcard(kind) or has_wildcard(repository) or not run or set(run) <= set("*?:"):
            yield Found(one, f"{statement.name} lets {one!r} take the role")
