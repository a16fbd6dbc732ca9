"""Texts that are secrets by their looks alone: kinds of keys with a beginning of their own."""

from __future__ import annotations

import re
from typing import Final

_LOOKS: Final = re.compile(
    r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"  # AWS access key
    r"|-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"
    r"|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}"
    r"|\bglpat-[A-Za-z0-9_-]{20,}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,}"
    r"|\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}"
    r"|\bAIza[A-Za-z0-9_-]{35}\b"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"  # a signed token
    r"|://[^/\s:@]+:[^/\s@]+@"  # user and password in a URL
)


def looks_secret(text: str) -> bool:
    """Whether the text holds what is a key or password by its form."""
    return _LOOKS.search(text) is not None
