"""Versions and changes as items of the configuration table."""

from __future__ import annotations

import json
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Final

from agents.configuration.cursors import Place
from agents.configuration.documents import Version, digest
from agents.configuration.stores import Head, damaged
from agents.contract import Keys
from agents.errors import QuartermasterError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.adapters.dynamodb.table import Item
    from agents.configuration.documents import Address, Content
    from agents.configuration.stores import Checked, Plan, Step

LAST: Final = "last"  # sort key of the item that counts changes


def appended_items(tenant: str, checked: Checked, planned: Plan, *, end: Place) -> tuple[list[Item], Place]:
    """The new versions, and a change for each step, in a log that ends at `end`; and where it ends then."""
    items = []
    for step, text, at in zip(planned.steps, checked.texts, planned.times, strict=True):
        if isinstance(step, Version):
            items.append(version_item(tenant, step, text))
        end = end.after(step, at)
        items.append(change_item(tenant, step, at, end))
    return items, end


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


def change_item(tenant: str, step: Step, at: datetime, place: Place) -> Item:
    """An item of the change feed, at its place.

    It never expires: it is some 250 bytes, and a log that has an end for some readers has to be told in another way to
    each of them.
    """
    item: Item = {
        "pk": Keys.changes(tenant),
        "sk": Keys.number(place.number),
        "key": step.key,
        "layer": step.layer,
        "number": step.number,
        "at": at.isoformat(),
        "mark": place.mark,
    }
    return item if isinstance(step, Version) else {**item, "label": step.label}


def place_of(item: Item) -> Place:
    """The place of a change's item, or of the one that counts them; without a mark it is from before there were any."""
    number = item["number"] if item["sk"] == LAST else item["sk"]
    return Place(int(number), str(item.get("mark", "")))


def head_item(tenant: str, newest: Version) -> Item:
    """What says which version of a layer is the newest."""
    return {
        "pk": Keys.heads(tenant),
        "sk": f"{newest.key}#{newest.layer}",
        "number": newest.number,
        "digest": newest.digest,
        "created_at": newest.created_at.isoformat(),
    }


def head_of(item: Item) -> Head:
    """The head of an item; one from before heads had a time has the earliest."""
    head = Head(int(item["number"]), str(item["digest"]))
    at = item.get("created_at")
    return head._replace(created_at=datetime.fromisoformat(str(at))) if at else head


def labels_item(tenant: str, address: Address, named: Mapping[str, int], *, moves: int) -> Item:
    """What the labels of a layer name, and how often they moved."""
    return {"pk": Keys.labels(tenant), "sk": "#".join(address), "number": moves, "labels": json.dumps(dict(named))}


def last_item(tenant: str, end: Place) -> Item:
    """What says where the log ends."""
    return {"pk": Keys.sequence(tenant), "sk": LAST, "number": end.number, "mark": end.mark}


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
