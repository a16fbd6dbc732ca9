"""What a stack changes, in lines: for a terminal, and for the folds of a comment."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .changes import Changed, Changes
    from .grants import Grant

_EDITS: Final = 8  # lines of one resource


def text(found: Changes) -> str:
    """The whole comparison."""
    return "\n".join(_lines(found))


def headline(found: Changes) -> str:
    """One cell: `2 added, 1 replaced`."""
    replaced = len(found.replaced)
    maybe = sum(one.replaced == "unknown" for one in found.changed)
    parts = (
        (len(found.added), "added"),
        (len(found.removed), "removed"),
        (replaced, "replaced"),
        (len(found.changed) - replaced, "changed"),
        (maybe, "of them perhaps replaced"),
    )
    return ", ".join(f"{count} {word}" for count, word in parts if count) or "none"


def sections(found: Changes) -> Iterator[tuple[str, list[str]]]:
    """Title and lines, what hurts first; nothing for what is empty."""
    replaced = [line for one in found.replaced for line in _changed(one)]
    others = [line for one in found.changed if one.replaced != "yes" for line in _changed(one)]
    given: tuple[tuple[str, list[str]], ...] = (
        (f"{len(found.removed)} removed", [_one(one.name, one.type, one.kept) for one in found.removed]),
        (f"{len(found.replaced)} replaced", replaced),
        (f"{len(found.iam.widened)} permissions wider", list(_grants(found.iam.widened))),
        (f"{len(found.new)} findings new", [f"{one.rule}: {_name(one.urn)}: {one.message}" for one in found.new]),
        (f"{len(found.added)} added", [_one(one.name, one.type, one.kept) for one in found.added]),
        (f"{len(found.changed) - len(found.replaced)} changed", others),
        (f"{len(found.iam.changed)} permissions under another condition", list(_grants(found.iam.changed))),
        (f"{len(found.iam.narrowed)} permissions narrower", list(_grants(found.iam.narrowed))),
        (f"{len(found.gone)} findings gone", [f"{one.rule}: {_name(one.urn)}" for one in found.gone]),
        (f"{len(found.iam.unclear)} roles whose documents are unknown", list(found.iam.unclear)),
    )
    yield from ((title, lines) for title, lines in given if lines)


def _lines(found: Changes) -> Iterator[str]:
    yield f"{found.stack} against {found.revision}: {headline(found)}"
    yield from (f"Note: {note}." for note in found.notes)
    for title, lines in sections(found):
        yield f"  {title}"
        yield from (f"    {line}" for line in lines)
    moved = f" ({found.cost})" if found.cost else ""
    yield f"  cost a month: {found.cost_before} -> {found.cost_after} {found.currency}{moved}"


def _one(name: str, token: str, kept: str) -> str:
    return f"{name}  {token}{f'  ({kept})' if kept else ''}"


def _changed(one: Changed) -> Iterator[str]:
    words = {"yes": "replaced", "no": "", "unknown": "unknown whether replaced"}[one.replaced]
    why = f" by {', '.join(one.forced_by[:3])}" if one.forced_by and one.replaced == "yes" else ""
    was = f"was {one.was.rpartition('::')[2]}" if one.was else ""
    yield _one(one.name, one.type, ", ".join(filter(None, (f"{words}{why}", one.kept, was))))
    for edit in one.edits[:_EDITS]:
        yield f"  {edit.path}: {edit.before} -> {edit.after}"
    if len(one.edits) > _EDITS:
        yield f"  and {len(one.edits) - _EDITS} more properties"


def _grants(grants: Sequence[Grant]) -> Iterator[str]:
    """One line for actions of one role on one resource."""
    for (role, effect, resource, condition), group in groupby(
        sorted(grants, key=lambda one: (one.role, one.effect, one.resource, one.condition, one.action)),
        key=lambda one: (one.role, one.effect, one.resource, one.condition),
    ):
        denied = " (denied)" if effect == "Deny" else ""
        when = f" when {condition}" if condition else ""
        yield f"{role}{denied}: {', '.join(one.action for one in group)} on {resource}{when}"


def _name(urn: str) -> str:
    return urn.rpartition("::")[2]
