"""What YAML text without quotes is by the core schema of YAML 1.2 (section 10.3.2): `no` and `1:30` are text."""

from __future__ import annotations

import re
from typing import Any, Final

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]++|0o[0-7]++|0x[0-9a-fA-F]++")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]++|[0-9]++(?:\.[0-9]*+)?)(?:[eE][-+]?[0-9]++)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
# A timestamp of YAML 1.1. The core schema says text; a reader that says date would not run the same document.
DATE: Final = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]++)[0-9]{1,2}:[0-9]{2}:[0-9]{2}.*)?", re.DOTALL
)
_STARTS: Final = frozenset("+-.0123456789")
_BASES: Final = {"0o": 8, "0x": 16}
_DIGITS: Final = 24  # above, an integer is out of bounds, and reading its digits would take long
_OUT_OF_BOUNDS: Final = 2**64


def plain(text: str) -> Any:  # noqa: ANN401, PLR0911 - a scalar of JSON, or NotImplemented; one return for each kind
    """The value of text without quotes; NotImplemented for a date, which is refused."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _STARTS:
        return text
    if _INTEGER.fullmatch(text):
        if len(text) > _DIGITS:
            return _OUT_OF_BOUNDS
        base = _BASES.get(text[:2])
        return int(text[2:], base) if base else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _NO_NUMBER.fullmatch(text):
        return float(text.replace(".", "", 1))
    return NotImplemented if DATE.fullmatch(text) else text
