"""Settings for a terminal: a line each with its origin, and a paragraph for one that is explained."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .yaml_scalars import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .settings_report import Entry, Report


def text(report: Report) -> str:
    """The report, without colour."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    if report.explained:
        for entry in report.entries:
            yield from _explained(entry)
    else:
        yield from _table(report.entries)
    facts = [one for one in report.consequences if not one.advice]
    advice = [one for one in report.consequences if one.advice]
    for title, found in (("What follows:", facts), ("To think about:", advice)):
        if found:
            yield from ("", title, *(f"  {one.key}: {one.text}" for one in found))
    yield ""
    first = report.entries[0].key
    yield (
        f"Next: qm plan --stack {report.stack}"
        if report.explained
        else (f"Next: qm settings --stack {report.stack} --explain {first}")
    )


def _table(entries: tuple[Entry, ...]) -> Iterator[str]:
    rows = [(one.key, shown(one.value), _origin(one)) for one in entries]
    keys, values = (max(len(row[column]) for row in rows) for column in (0, 1))
    section = ""
    for (key, value, origin), one in zip(rows, entries, strict=True):
        if section and one.path[0] != section:
            yield ""
        section = one.path[0]
        yield f"{key:<{keys}}  {value:<{min(values, 40)}}  {origin}"


def _explained(entry: Entry) -> Iterator[str]:
    yield f"{entry.key} = {shown(entry.value)}"
    yield f"  from       {_origin(entry)}"
    for layer, source, value in entry.below:
        yield f"  covers     {shown(value)} ({layer}, {source})"
    if entry.description:
        yield f"  what       {entry.description}"
    yield f"  allowed    {entry.allowed}"
    yield f"  example    {entry.path[-1]}: {entry.example}"
    if entry.paste:
        yield "  paste      into the policy of the key, beside the statements by which you administer it:"
        yield from json.dumps(json.loads(entry.paste)["Statement"], indent=2).splitlines()


def _origin(entry: Entry) -> str:
    return "default" if entry.layer == "default" else f"{entry.layer}, {entry.source}"


def shown(value: object) -> str:
    """A value as YAML has it on one line; text in quotes where it would be read as something else."""
    if isinstance(value, str) and _is_text(value):
        return value
    return json.dumps(value, ensure_ascii=False)


def _is_text(value: str) -> bool:
    try:
        return plain(value) == value
    except ValueError:
        return False
