"""Keys of the configuration table that are not in the contract yet, in the form of `agents.contract.Keys`."""

from __future__ import annotations

from typing import Final

from agents.contract import CONFIGURATION

EXPIRES: Final = CONFIGURATION.expires or "expires_at"


def labels(tenant: str) -> str:
    """Partition of the labels, a layer of a document an item."""
    return f"{tenant}#label"


def requests(tenant: str) -> str:
    """Partition of what idempotency keys stored."""
    return f"{tenant}#request"


def instances(tenant: str) -> str:
    """Partition of what each instance said last."""
    return f"{tenant}#instance"
