"""Whose account a principal is of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ._resource import Resource

_ACCOUNT: Final = 4  # arn:partition:service:region:account:resource
_ALLOWED: Final = "allowedAccountIds"


def account_of(principal: str) -> str:
    """The account's number, empty for `*` and for what is no account's."""
    if principal.isdecimal():
        return principal
    parts = principal.split(":", _ACCOUNT + 1)
    return parts[_ACCOUNT] if len(parts) > _ACCOUNT else ""


def is_whole_account(principal: str) -> bool:
    return principal.isdecimal() or (principal.startswith("arn:") and principal.endswith(":root"))


def own_accounts(resource: Resource) -> tuple[str, ...]:
    """The accounts that the provider may touch. Providers take structures as JSON text."""
    text = resource.provider[_ALLOWED] if _ALLOWED in list(resource.provider) else "[]"
    try:
        value = json.loads(text) if isinstance(text, str) else text
    except ValueError:  # the provider refuses it with a better message
        return ()
    return tuple(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else ()
