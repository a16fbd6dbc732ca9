"""How long a document is, as IAM counts: without white space between its words."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._resource import Value


def size(document: Value) -> int:
    """Characters of a document, as text or as an object; 0 of none. Text that is no JSON counts as it is."""
    if document is None:
        return 0
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return len(str(document))
    return len(json.dumps(_plain(document), separators=(",", ":"), ensure_ascii=False))


def _plain(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value
