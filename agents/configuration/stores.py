"""What every store of configuration decides in the same way; an adapter adds only how it reads and writes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from agents.configuration.documents import (
    MAX_DRAFTS,
    MAX_LABELS,
    Appended,
    Draft,
    LabelMove,
    MadeFrom,
    Version,
    canonical,
    check_address,
    check_draft,
    check_move,
    to_milliseconds,
)
from agents.digests import sha256
from agents.errors import ConflictError, InvalidError, NotFoundError, Problem, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.configuration.documents import Address
    from agents.configuration.ports import ConfigStore

REMEMBERED: Final = timedelta(days=1)  # how long an idempotency key gives its first answer
_MAX_IDEMPOTENCY_KEY: Final = 255
_READ_AGAIN: Final = "Read it again, merge your edit, publish again."
Step: TypeAlias = "Version | LabelMove"


@dataclass(frozen=True)
class Checked:
    """Items that are right as written. `texts` are the drafts' canonical JSON, empty for a label move."""

    items: tuple[Draft | LabelMove, ...]
    texts: tuple[str, ...]
    idempotency_key: str

    @property
    def addresses(self) -> tuple[Address, ...]:
        """Each layer that is written to, once."""
        return tuple(dict.fromkeys((item.key, item.layer) for item in self.items))

    @property
    def labelled(self) -> tuple[Address, ...]:
        """Each layer whose labels move, once."""
        return tuple(dict.fromkeys((item.key, item.layer) for item in self.items if isinstance(item, LabelMove)))


class Head(NamedTuple):
    """The newest version of a layer, as far as what follows it depends on it; by default of a layer that has none."""

    number: int = 0
    digest: str = ""
    created_at: datetime = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """What an append writes: a step for each item, when each was, and the labels of a layer as they are afterwards.

    `needed` are the stored versions that labels name from now on: they must be there when the append commits.
    """

    steps: tuple[Step, ...]
    times: tuple[datetime, ...]
    labels: Mapping[Address, Mapping[str, int]]
    needed: tuple[tuple[Address, int], ...]

    @property
    def versions(self) -> tuple[Version, ...]:
        """The new versions, in the order of their drafts."""
        return tuple(step for step in self.steps if isinstance(step, Version))


def check_items(items: Sequence[Draft | LabelMove], idempotency_key: str = "") -> Checked:
    """Raises InvalidError for a bad item, too many, or two for one thing."""
    things = {(item.key, item.layer, item.label if isinstance(item, LabelMove) else "") for item in items}
    if not 1 <= len(items) <= MAX_DRAFTS or len(things) < len(items):
        raise InvalidError(f"an append takes 1 to {MAX_DRAFTS} drafts and label moves, of different documents")
    if len(idempotency_key) > _MAX_IDEMPOTENCY_KEY or not idempotency_key.isascii():
        raise InvalidError(
            "that is not an idempotency key", fix=f"Send at most {_MAX_IDEMPOTENCY_KEY} ASCII characters."
        )
    texts = []
    for item in items:
        if isinstance(item, Draft):
            texts.append(check_draft(item).decode())
        else:
            check_move(item)
            texts.append("")
    return Checked(tuple(items), tuple(texts), idempotency_key)


def plan(
    checked: Checked,
    *,
    heads: Mapping[Address, Head],
    labels: Mapping[Address, Mapping[str, int]],
    now: datetime,
) -> Plan:
    """Takes the items in order, each after what those before it did.

    `heads` has each newest version, `labels` what they name; an address that is absent has none. Raises ConflictError
    for an item that expected something else, InvalidError for a label of no version.
    """
    now = to_milliseconds(now)
    reached = dict(heads)
    named = {address: dict(labels.get(address, {})) for address in checked.labelled}
    steps: list[Step] = []
    needed: dict[tuple[Address, int], None] = {}
    for item, text in zip(checked.items, checked.texts, strict=True):
        address = item.key, item.layer
        head = reached.get(address, Head())
        if isinstance(item, Draft):
            version = _next(item, text, head=head, now=now)
            reached[address] = Head(version.number, version.digest, version.created_at)
            steps.append(version)
            continue
        _move(item, named[address], head=head.number)
        if 0 < item.number <= heads.get(address, Head()).number:
            needed[address, item.number] = None
        steps.append(item)
    times = tuple(step.created_at if isinstance(step, Version) else now for step in steps)
    return Plan(tuple(steps), times, named, tuple(needed))


def no_version(key: str, layer: str, number: int) -> InvalidError:
    """The error of a label that would name a version that there is not."""
    return InvalidError(f"{key} ({layer}) has no version {number} to label", fix="List its history.")


def version(store: ConfigStore, key: str, layer: str, number: int) -> Version:
    """One version; raises NotFoundError."""
    found = store.history(key, layer, before=number + 1, limit=1)
    if not found or found[0].number != number:
        raise NotFoundError(f"{key} ({layer}) has no version {number}", fix="List its history.")
    return found[0]


def memo(checked: Checked, appended: Appended) -> str:
    """What is kept of an append for its idempotency key."""
    versions = [[one.number, one.parent, one.created_at.isoformat()] for one in appended.versions]
    return json.dumps({"items": _fingerprint(checked), "cursor": appended.cursor, "versions": versions})


def recall(kept: str, checked: Checked) -> Appended:
    """What was appended then, from the same items; raises InvalidError when they are others."""
    read = json.loads(kept)
    if read["items"] != _fingerprint(checked):
        raise InvalidError("this idempotency key was used for something else", fix="Send a new key.")
    drafts = [(i, text) for i, text in zip(checked.items, checked.texts, strict=True) if isinstance(i, Draft)]
    versions = tuple(
        _version(draft, text, number=number, parent=parent, at=datetime.fromisoformat(at))
        for (draft, text), (number, parent, at) in zip(drafts, read["versions"], strict=True)
    )
    return Appended(versions, str(read["cursor"]))


def damaged(key: str, number: int) -> UnavailableError:
    """The error of a version that does not read as it was written."""
    return UnavailableError(
        f"version {number} of {key} is damaged: its content has another digest", fix="Restore the store from a backup."
    )


def check_restored(versions: Sequence[Version], labels: Mapping[tuple[str, str, str], int]) -> list[str]:
    """The canonical JSON of each version of a restore; raises InvalidError, with every problem, unless it is whole."""
    texts: list[str] = []
    problems: list[Problem] = []
    there: set[tuple[str, str, int]] = set()
    for one in versions:
        check_address(one.key, one.layer)
        text = canonical(one.content).decode()
        texts.append(text)
        place = one.key, one.layer, one.number
        where = f"version {one.number} of {one.key} ({one.layer})"
        if sha256(text.encode()) != one.digest:
            problems.append(Problem(code="digest", message=f"{where} has another digest than its content"))
        if place in there or one.number < 1:
            problems.append(Problem(code="number", message=f"{where} is there twice, or has no number"))
        there.add(place)
    problems += [
        Problem(code="label", message=f"{label} of {key} ({layer}) names version {number}, which is not there")
        for (key, layer, label), number in sorted(labels.items())
        if (key, layer, number) not in there
    ]
    if problems:
        raise InvalidError("that is not a whole store", fix="Export it again.", problems=tuple(problems))
    return texts


def in_log_order(versions: Sequence[Version]) -> list[Version]:
    """The versions of a restore as the new log tells them: by time, those of one moment by number."""
    return sorted(versions, key=lambda one: (one.created_at, one.key, one.layer, one.number))


def moves_of(labels: Mapping[tuple[str, str, str], int]) -> list[LabelMove]:
    """The labels of a restore as the new log tells them, after all versions."""
    return [
        LabelMove(key=key, layer=layer, label=label, number=number, expected=0, author="")
        for (key, layer, label), number in sorted(labels.items())
    ]


def _next(draft: Draft, text: str, *, head: Head, now: datetime) -> Version:
    if draft.expected != head.number:
        raise _conflict(draft, f"is at version {head.number}, not {draft.expected}")
    if isinstance(draft.expected, MadeFrom) and not head.digest.startswith(draft.expected.digest):
        raise _conflict(draft, f"has another version {head.number} than the one that was read")
    # A clock that was set back must not make a version older than the one that it replaces.
    return _version(draft, text, number=head.number + 1, parent=head.digest, at=max(now, head.created_at))


def _version(draft: Draft, text: str, *, number: int, parent: str, at: datetime) -> Version:
    return Version(
        key=draft.key,
        layer=draft.layer,
        number=number,
        digest=sha256(text.encode()),
        parent=parent,
        author=draft.author,
        message=draft.message,
        created_at=at,
        content=draft.content,
    )


def _move(move: LabelMove, labels: dict[str, int], *, head: int) -> None:
    """Moves a label within `labels`."""
    current = labels.get(move.label, 0)
    if move.expected != current:
        at = f"version {current}" if current else "no version"
        raise _conflict(move, f"has {move.label!r} at {at}, not {move.expected}")
    if not 0 <= move.number <= head:
        raise no_version(move.key, move.layer, move.number)
    if move.number:
        labels[move.label] = move.number
    else:
        labels.pop(move.label, None)
    if len(labels) > MAX_LABELS:
        raise InvalidError(f"{move.key} ({move.layer}) has {MAX_LABELS} labels already", fix="Take one away.")


def _conflict(item: Draft | LabelMove, what: str) -> ConflictError:
    return ConflictError(f"{item.key} ({item.layer}) {what}", fix=_READ_AGAIN)


def _fingerprint(checked: Checked) -> str:
    told: list[list[object]] = []
    for item, text in zip(checked.items, checked.texts, strict=True):
        of = [item.key, item.layer, item.author, item.expected]
        told.append([*of, item.message, text] if isinstance(item, Draft) else [*of, item.label, item.number])
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
