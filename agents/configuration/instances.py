"""What instances say of the configuration they run: the nouns of the applied-state ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Status: TypeAlias = Literal["applied", "rejected", "draining", "gone"]


@dataclass(frozen=True, kw_only=True)
class Ack:
    """What an instance runs of a document, as it said at `at`.

    `digest` names the effective configuration and `versions` its layers (`key@layer` -> number); `cursor` is the place
    in the change log up to which the instance had read. `rejected`: `reason` says why it is not in force, and
    `running` names what is instead. `draining`: conversations that began on `running` still run it. `gone`: it ends,
    and runs nothing from now on. `seen_at` moves on while the instance lives, whatever else stays.
    """

    instance: str
    key: str
    digest: str
    versions: Mapping[str, int]
    cursor: str
    status: Status
    at: datetime
    seen_at: datetime
    running: str = ""
    reason: str = ""
