"""How far a statement reaches: which resources, and whether a condition makes them fewer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from ._globs import has_wildcard, matches

if TYPE_CHECKING:
    from collections.abc import Collection

    from ._documents import Statement

# Of a request that lacks the key these are false; `...IfExists` and `ForAllValues:` are true.
_MUST_BE: Final = re.compile(r"(ForAnyValue:)?(String(Equals|Like|EqualsIgnoreCase)|Arn(Equals|Like))")
_ALL_OF_A_KIND: Final = re.compile(r"([\w-]+[/:])?[*?/:]+")  # *, */*, table/*, function:*
_ALL: Final = re.compile(r"[*?/]+")
_ACCOUNT: Final = 4  # arn:partition:service:region:account:resource
# Keys that are about the resource, so that with one of them `*` is no longer all.
_OF_RESOURCE: Final = ("aws:resource*", "*:resourcetag/*", "*:resourcealiases", "*:resourceaccount")


def everywhere(statement: Statement) -> bool:
    """Whether it is about all resources of all accounts."""
    return statement.not_resources is not None or "*" in statement.resources


def unbounded(resource: str) -> bool:
    """Whether an ARN is all resources of a kind: `*`, `arn:aws:s3:::*/*`, `...:key/*`."""
    parts = resource.split(":", _ACCOUNT + 1)
    kind = _ALL if parts[2:3] == ["s3"] else _ALL_OF_A_KIND  # in S3 the first word is a bucket's name
    return kind.fullmatch(parts[-1]) is not None


def reaches_all(statement: Statement) -> bool:
    """Whether it is about all resources of some kind, and no condition makes them fewer."""
    wide = statement.not_resources is not None or any(unbounded(one) for one in statement.resources)
    return wide and not limited(statement, _OF_RESOURCE)


def unconstrained(statement: Statement) -> bool:
    """Whether it is about all resources, and no condition makes them fewer."""
    return everywhere(statement) and not limited(statement, _OF_RESOURCE)


def limited(statement: Statement, keys: Collection[str]) -> bool:
    """Whether a condition on one of the keys, patterns in lower case, holds for fixed values only."""
    return any(
        _MUST_BE.fullmatch(operator) and values and any(matches(one, key) for one in keys) and "*" not in values
        for operator, key, values in statement.conditions
    )


def fixed(statement: Statement, key: str) -> bool:
    """Whether a condition on the key holds for whole values only, without a wildcard."""
    return any(
        _MUST_BE.fullmatch(operator) and one == key and values and not any(map(has_wildcard, values))
        for operator, one, values in statement.conditions
    )
