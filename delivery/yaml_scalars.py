"""What YAML text without quotes is to the engine, whose parser is Go's yaml v3: neither YAML 1.1 nor 1.2.

`no` and `1:30` are text, `012` and `0o12` are 10, `1_0` is 10, `1e3` is a number. The tests ask the engine itself.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_INTEGER: Final = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_BASES: Final = (16, 2, 8, 10)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_BETWEEN: Final = re.compile(r"(?<=[0-9])_(?=[0-9])")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ]+[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}.*)?")
_WHOLE: Final = 1e21  # below it the engine writes a float without a fraction as an integer


def plain(text: str) -> str | int | float | bool | None:
    """The value of text without quotes. Raises ValueError for what the engine would change or cannot pass on."""
    if text in _WORDS:
        return _WORDS[text]
    if _NO_NUMBER.fullmatch(text):
        raise ValueError(f"the engine cannot pass {text} on")
    if text[0] not in "+-.0123456789":
        return text
    if _DATE.fullmatch(text):
        raise ValueError(f"the engine would change the date {text}: put it in quotes")
    number = _BETWEEN.sub("", text) if text[0] == "." else text.replace("_", "")
    if integer := _INTEGER.fullmatch(number):
        sign, *digits = integer.groups()
        value = next(int(sign + one, base) for base, one in zip(_BASES, digits, strict=True) if one is not None)
        if not -(2**63) <= value < 2**63:
            raise ValueError(f"the engine would round {text}, which has more than 64 bits: put it in quotes")
        return value
    return _number(float(number), text) if _FLOAT.fullmatch(number) else text


def _number(value: float, text: str) -> str | int | float:
    if value in {float("inf"), float("-inf")}:
        return text  # beyond what a float holds, the engine leaves the text alone
    return int(value) if value.is_integer() and abs(value) < _WHOLE else value
