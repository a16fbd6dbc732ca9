"""Whether a statement's `Condition` keeps strangers out.

After what S3 itself calls public (Amazon S3 User Guide, 'The meaning of "public"'): a condition counts when it names
who asks, or where from, with a fixed value. `aws:SecureTransport` or a user agent is something anybody can have.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._resource import Value

_ANY: Final = "ForAnyValue:"  # ForAllValues, as ...IfExists, is true of a request that lacks the key
_BROADEST: Final = {4: 8, 6: 32}  # prefix lengths; a broader public range is everybody
_ACCOUNT: Final = 4  # arn:partition:service:region:account:resource


def keeps_strangers_out(condition: Value) -> bool:
    """Whether one part of the condition, which must all hold, holds for known callers only."""
    if not isinstance(condition, Mapping):
        return False
    return any(
        _names_callers(str(operator).removeprefix(_ANY), str(key).lower(), values)
        for operator, tests in condition.items()
        if isinstance(tests, Mapping)
        for key, values in tests.items()
    )


def _names_callers(operator: str, key: str, values: Value) -> bool:
    many = list(values) if isinstance(values, Sequence) and not isinstance(values, str) else [values]
    fixed = _FIXED.get(operator, {}).get(key)
    return fixed is not None and bool(many) and all(isinstance(one, str) and fixed(one) for one in many)


def _whole(value: str) -> bool:
    """No wildcard and no variable, which the caller might fill in."""
    return bool(value) and not any(mark in value for mark in ("*", "?", "${"))


def _arn(value: str) -> bool:
    """A whole ARN, or a pattern within one account."""
    parts = value.split(":", _ACCOUNT + 1)
    return _whole(value) or (len(parts) > _ACCOUNT + 1 and _whole(parts[_ACCOUNT]))


def _user(value: str) -> bool:
    """A unique id, whatever the session is called: `AROA...:*`."""
    return _whole(value.partition(":")[0])


def _path(value: str) -> bool:
    """A path below one organisation: `o-.../r-.../*`."""
    return _whole(value.partition("/")[0])


def _narrow(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _BROADEST[network.version]


_TEXT: Final[dict[str, Callable[[str], bool]]] = {
    "aws:principalaccount": _whole,
    "aws:principalarn": _arn,
    "aws:principalorgid": _whole,
    "aws:principalorgpaths": _path,
    "aws:sourceaccount": _whole,
    "aws:sourcearn": _arn,
    "aws:sourceorgid": _whole,
    "aws:sourceorgpaths": _path,
    "aws:sourceowner": _whole,
    "aws:sourcevpc": _whole,
    "aws:sourcevpce": _whole,
    "aws:userid": _user,
    "aws:vpceaccount": _whole,
    "aws:vpceorgid": _whole,
    "s3:dataaccesspointaccount": _whole,
    "s3:dataaccesspointarn": _arn,
}
_FIXED: Final[dict[str, dict[str, Callable[[str], bool]]]] = {
    "StringEquals": _TEXT,
    "StringEqualsIgnoreCase": _TEXT,
    "StringLike": _TEXT,
    "ArnEquals": _TEXT,
    "ArnLike": _TEXT,
    "IpAddress": {"aws:sourceip": _narrow},
}
