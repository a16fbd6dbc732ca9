"""A digest as answers, versions and decisions name it."""

from __future__ import annotations

import hashlib


def sha256(data: bytes) -> str:
    """`sha256:` and the hash in hexadecimal digits."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
