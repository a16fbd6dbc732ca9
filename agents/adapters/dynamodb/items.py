"""Versions and changes as items of the configuration table."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from typing import TYPE_CHECKING

from agents.configuration.documents import Version, digest
from agents.configuration.stores import damaged
from agents.contract import Keys
from agents.errors import QuartermasterError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.adapters.dynamodb.table import Item
    from agents.configuration.documents import Content
    from agents.configuration.stores import Checked, Plan, Step


def appended_items(tenant: str, checked: Checked, planned: Plan, *, after: int, now: datetime) -> Iterator[Item]:
    """The new versions, and a change for each step, counted on from `after`."""
    for sequence, (step, text) in enumerate(zip(planned.steps, checked.texts, strict=True), after + 1):
        if isinstance(step, Version):
            yield version_item(tenant, step, text)
        yield change_item(tenant, step, sequence, now)


def version_item(tenant: str, version: Version, text: str) -> Item:
    """A version with its canonical JSON, which is half as large compressed."""
    return {
        "pk": Keys.versions(tenant, version.key, version.layer),
        "sk": Keys.number(version.number),
        "key": version.key,
        "layer": version.layer,
        "number": version.number,
        "digest": version.digest,
        "parent": version.parent,
        "author": version.author,
        "message": version.message,
        "created_at": version.created_at.isoformat(),
        "content": zlib.compress(text.encode()),
    }


def change_item(tenant: str, step: Step, sequence: int, at: datetime) -> Item:
    """An item of the change feed."""
    item: Item = {
        "pk": Keys.changes(tenant),
        "sk": Keys.number(sequence),
        "key": step.key,
        "layer": step.layer,
        "number": step.number,
        "at": at.isoformat(),
    }
    return item if isinstance(step, Version) else {**item, "label": step.label}


def version_of(item: Item) -> Version:
    """The version of an item; raises UnavailableError when its content is not the one that was written."""
    key, number = str(item["key"]), int(item["number"])
    kept = item["content"]
    try:
        # A text is from before contents were compressed.
        content: Content = json.loads(zlib.decompress(kept) if isinstance(kept, bytes) else str(kept))
        right = digest(content) == item["digest"]
    except (zlib.error, ValueError, QuartermasterError):
        right = False
    if not right:
        raise damaged(key, number)
    return Version(
        key=key,
        layer=str(item["layer"]),
        number=number,
        digest=str(item["digest"]),
        parent=str(item["parent"]),
        author=str(item["author"]),
        message=str(item["message"]),
        created_at=datetime.fromisoformat(str(item["created_at"])),
        content=content,
    )
