"""Plans as a comment for a pull request: one table, then what is wrong, the rest folded.

The order is that of the plan and nothing depends on the day, so an edited comment differs only where the plan does.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .changes_text import headline, sections
from .cost import by_type, estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from delivery.plan import Plan

    from .changes import Changes

MARKER: Final = "<!-- quartermaster-plan -->"  # by which the comment is found again
LIMIT: Final = 65_000  # characters; GitHub refuses a comment of more than 65,536
_LEFT_OUT: Final = 200  # characters kept for the line that says what was left out
_LINE: Final = 600  # characters of one bullet
_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~@])")


def text(plans: Sequence[Plan], changes: Mapping[str, Changes] | None = None) -> str:
    """The comment; what does not fit is left out, and counted."""
    given = changes or {}
    head = [MARKER, f"### Plan: {_verdict(plans)}", "", *_table(plans, given)]
    folds = [fold for plan in plans for fold in _folds(plan, given.get(plan.recording.stack.name))]
    return "\n".join(_fitting(head, folds)) + "\n"


def _verdict(plans: Sequence[Plan]) -> str:
    defects = sum(len(plan.defects) for plan in plans)
    blocking = sum(one.blocks for plan in plans for one in plan.findings)
    if not defects and not blocking:
        return "nothing keeps this from being deployed"
    words = [f"{defects} defects"] * bool(defects) + [f"{blocking} mandatory findings"] * bool(blocking)
    return f"{' and '.join(words)} to mend"


def _table(plans: Sequence[Plan], changes: Mapping[str, Changes]) -> Iterator[str]:
    compared = " changes |" if changes else ""
    yield f"| stack | resources |{compared} mandatory | advisory | not evaluated | exempt | cost a month |"
    yield f"|---|--:|{'---|' if changes else ''}--:|--:|--:|--:|--:|"
    for plan in plans:
        summary, cost = plan.summary(), estimate(plan.recording)
        found = changes.get(str(summary["stack"]))
        moved = f" {headline(found)} |" if found else " |" if changes else ""
        unknown = f" + {len(cost.unknown)} unknown" if cost.unknown else ""
        price = f"{cost.monthly} {cost.currency}{unknown}"
        if found and found.cost:
            price = f"{price} ({found.cost})"
        yield (
            f"| {summary['stack']} | {summary['resources']} |{moved} {summary['mandatory']} | {summary['advisory']} |"
            f" {summary['not_evaluated']} | {summary['exempt']} | {price} |"
        )


_Fold = tuple[str, list[str], bool]  # summary, lines, unfolded from the start


def _folds(plan: Plan, changes: Changes | None) -> Iterator[_Fold]:
    stack = plan.recording.stack.name
    if plan.defects:
        lines = [f"- `{one.location}` **{_name(one.urn)}**: {_plain(one.message)}" for one in plan.defects]
        yield f"{stack}: {len(lines)} defects of the program", lines, True
    blocking = [one for one in plan.findings if one.blocks]
    others = [one for one in plan.findings if not one.blocks and one.exempt is None]
    for words, found, opened in (("mandatory", blocking, True), ("advisory", others, False)):
        if found:
            lines = [
                f"- `{one.location or '-'}` **{_name(one.urn)}** `{one.rule}` ({one.severity}): {_plain(one.message)}."
                f" *{_plain(one.fix)}*"
                for one in found
            ]
            yield f"{stack}: {len(found)} {words} findings", lines, opened
    if changes:
        for title, lines in sections(changes):
            yield f"{stack}: {title}", [_bullet(line) for line in lines], False
    exempt = [one for one in plan.findings if one.exempt is not None]
    if exempt:
        lines = [
            f"- `{one.rule}` **{_name(one.urn)}**, until {one.exempt.until}, {_plain(one.exempt.owner)}:"
            f" {_plain(one.exempt.reason)}"
            for one in exempt
            if one.exempt is not None
        ]
        yield f"{stack}: {len(exempt)} exemptions", lines, False
    if plan.not_evaluated:
        lines = [f"- `{one.rule}` **{_name(one.urn)}**: {_plain(one.reason)}" for one in plan.not_evaluated]
        yield f"{stack}: {len(lines)} not evaluated", lines, False
    yield f"{stack}: cost", _cost(plan), False


def _cost(plan: Plan) -> list[str]:
    cost = estimate(plan.recording)
    where = f" at the prices of {cost.priced_as}" if cost.priced_as else ""
    lines = [f"Prices seen up to {cost.dated}{where}; light use is assumed, see `delivery/data/prices.toml`.", ""]
    lines += [f"- {monthly} {cost.currency}: {count} x `{type_}`" for type_, monthly, count in by_type(cost)]
    lines += [
        f"- unknown: {one.resources} x `{one.type}`{f' ({one.item})' if one.item else ''}" for one in cost.unknown
    ]
    return lines


def _fitting(head: Sequence[str], folds: Sequence[_Fold]) -> Iterator[str]:
    """Head and folds up to the limit, every fold that is opened also closed."""
    left = LIMIT - _LEFT_OUT - sum(len(line) + 1 for line in head)
    yield from head
    dropped = 0
    for summary, lines, opened in folds:
        frame = ["", f"<details{' open' if opened else ''}><summary>{summary}</summary>", "", "", "</details>"]
        room = left - sum(len(line) + 1 for line in frame)
        kept: list[str] = []
        for line in (one if len(one) <= _LINE else f"{one[: _LINE - 3]}..." for one in lines):
            if len(line) + 1 > room:
                break
            kept.append(line)
            room -= len(line) + 1
        dropped += len(lines) - len(kept)
        if not kept:
            continue
        left = room
        yield from (*frame[:3], *kept, *frame[3:])
    if dropped:
        yield ""
        yield f"{dropped} more lines did not fit. `qm plan` shows them all."


def _bullet(line: str) -> str:
    """An indented line belongs to the one above."""
    return f"{'  ' if line.startswith(' ') else ''}- {_plain(line)}"


def _plain(given: str) -> str:
    """Text that no renderer takes for markup, a mention or a cell's end."""
    return _SPECIAL.sub(r"\\\1", " ".join(given.split())).replace("\\@", "@\u200b")


def _name(urn: str) -> str:
    return _plain(urn.rpartition("::")[2])
