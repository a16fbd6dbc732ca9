"""What the policy of a resource itself says: who is let in, and whether without TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._accounts import account_of, own_accounts
from ._documents import MalformedError, statements
from ._resource import NotEvaluated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._documents import Statement
    from ._resource import Resource

# Keys that say for whom a service acts. Source: AWS IAM User Guide, "The confused deputy problem".
_ON_BEHALF_OF: Final = {
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:principalorgid",
    "aws:sourcevpce",
    "aws:sourcevpc",
}
_POSITIVE: Final = ("StringEquals", "StringLike", "ArnEquals", "ArnLike", "StringEqualsIgnoreCase")


def open_to_everyone(resource: Resource, path: str) -> Iterator[str]:
    """A message for each statement that lets in whoever asks, without a condition that keeps strangers out."""
    try:
        for one in statements(resource, path):
            if one.allows and one.everyone and not one.restricted:
                yield f"everyone is allowed {one.granted}"
    except MalformedError as error:
        yield str(error)


def unbound_services(resource: Resource, path: str) -> Iterator[str]:
    """A message for each service that may act for anybody's account: the confused deputy."""
    try:
        for one in statements(resource, path):
            if one.allows and not _bound(one):
                yield from (
                    f"{who} is allowed {one.granted} for any account" for who in one.principals.get("Service", ())
                )
    except MalformedError as error:
        yield str(error)


def _bound(one: Statement) -> bool:
    return any(
        operator.removeprefix("ForAnyValue:") in _POSITIVE and key in _ON_BEHALF_OF and "*" not in values and values
        for operator, key, values in one.conditions
    )


def requires_tls(resource: Resource, path: str, *, actions: frozenset[str], content: str = "") -> bool:
    """Whether the policy denies everyone everything that comes without TLS.

    `actions`: what counts as everything, such as `s3:*`. `content`: how the ARN of what the resource holds ends.
    """
    return _denies(resource, path, actions, content, ("Bool", "aws:securetransport", ("false",)))


def requires_modern_tls(resource: Resource, path: str, least: float, content: str) -> bool:
    """Whether an S3 bucket's policy denies TLS that is older."""
    return any(
        _denies(resource, path, frozenset({"*", "s3:*"}), content, ("NumericLessThan", "s3:tlsversion", (version,)))
        for version in ("1.2", "1.3")
        if float(version) >= least
    )


def _denies(
    resource: Resource,
    path: str,
    actions: frozenset[str],
    content: str,
    condition: tuple[str, str, tuple[str, ...]],
) -> bool:
    try:
        return any(
            not one.allows
            and one.everyone
            and not one.not_principals
            and {action.lower() for action in one.actions} & {action.lower() for action in actions}
            and [(operator, key, tuple(value.lower() for value in values)) for operator, key, values in one.conditions]
            == [condition]
            and _covers(one.resources, content)
            for one in statements(resource, path)
        )
    except MalformedError:
        return False


def _covers(resources: tuple[str, ...], content: str) -> bool:
    """The resource itself and, where it holds something, that too."""
    if "*" in resources:
        return True
    if not content:
        return bool(resources)
    return any(one.endswith(content) for one in resources) and any(not one.endswith(content) for one in resources)


def foreign_accounts(resource: Resource, path: str, known: tuple[str, ...]) -> Iterator[str | NotEvaluated]:
    """A message for each principal of an account that is neither known nor the provider's own."""
    own = {*known, *own_accounts(resource)}
    try:
        for one in statements(resource, path):
            named = one.principals.get("AWS", ()) if one.allows else ()
            for account in dict.fromkeys(found for who in named if (found := account_of(who)) not in {"", *own}):
                if own_accounts(resource) or known:
                    yield f"account {account} is allowed {one.granted}"
                else:
                    yield NotEvaluated("provider.allowedAccountIds")
    except MalformedError as error:
        yield str(error)
