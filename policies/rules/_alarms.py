"""What alarms and dashboards look at, in each of the forms in which they say it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ._resource import UNKNOWN, NotEvaluated, NotKnownError
from ._siblings import Bond, Kin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._resource import Resource, Value
    from ._siblings import Answer
    from ._stack import Member, Stack

ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
FUNCTION: Final = "aws:lambda/function:Function"
FUNCTIONS: Final = Bond(owners={FUNCTION: "name"}, through={"aws:lambda/alias:Alias": "functionName"})
# Alarms that a composite one listens to: only those that it asks to be in ALARM.
_LISTENS: Final = re.compile(r"""(?<!\w)ALARM\(\s*["']?([^"')]+?)["']?\s*\)""")
_SEARCH: Final = re.compile(
    r"""\{\s*("[^"]+"|[\w/.-]+)\s*((?:,\s*"?[\w .-]+"?\s*)*)\}[^']*?MetricName\s*=\s*"?([\w.-]+)"""
)


@dataclass(frozen=True, kw_only=True)
class Watched:
    """One series that an alarm or a graph looks at; each part may be UNKNOWN."""

    path: str  # of the alarm's property that holds it
    namespace: Value
    metric: Value
    dimensions: tuple[str, ...]
    values: Mapping[str, Value]  # of the dimensions; a search has none


def watched(alarm: Resource) -> Iterator[Watched]:
    """The series of an alarm, its own or those of its queries. Raises NotKnownError."""
    if alarm.peek("metricName") is not None:
        yield _watched(alarm, "")
    for query in alarm.each("metricQueries"):
        if alarm.peek(f"{query}.metric") is not None:
            yield _watched(alarm, f"{query}.metric.")


def _watched(alarm: Resource, base: str) -> Watched:
    keys = alarm.keys(f"{base}dimensions")
    return Watched(
        path=f"{base}metricName",
        namespace=alarm.peek(f"{base}namespace"),
        metric=alarm.peek(f"{base}metricName"),
        dimensions=keys,
        values={key: alarm.peek(f"{base}dimensions.{key}") for key in keys},
    )


def listened_to(composite: Resource) -> tuple[str, ...]:
    """Names or ARNs of the alarms in a composite alarm's rule. Raises NotKnownError."""
    return tuple(_LISTENS.findall(composite.text("alarmRule")))


def drawn(dashboard: Resource) -> Iterator[Watched]:
    """The series of a dashboard's graphs, searches included. Raises NotKnownError, ValueError for what is not JSON."""
    body = json.loads(dashboard.text("dashboardBody") or "{}")
    widgets = body.get("widgets") if isinstance(body, Mapping) else None
    for widget in widgets if isinstance(widgets, list) else ():
        properties = widget.get("properties") if isinstance(widget, dict) else None
        title = properties.get("title", "") if isinstance(properties, dict) else ""
        before: list[Value] = []
        for row in properties.get("metrics", ()) if isinstance(properties, dict) else ():
            if not isinstance(row, list):
                continue
            words = _spelt_out([one for one in row if isinstance(one, str)], before)
            before = words or before
            if len(words) > 1:
                values = dict(zip(words[2::2], words[3::2], strict=False))
                yield Watched(
                    path=str(title), namespace=words[0], metric=words[1], dimensions=tuple(values), values=values
                )
            for options in (one for one in row if isinstance(one, dict)):
                yield from _searched(str(title), str(options.get("expression", "")))


def _spelt_out(words: list[str], before: Sequence[str]) -> list[str]:
    """A row of metrics without its shorthands: `.` for the same word as above, `...` for all that come before."""
    if words[:1] == ["..."]:
        words = [*before[: len(before) - len(words) + 1], *words[1:]]
    return [before[place] if one == "." and place < len(before) else one for place, one in enumerate(words)]


def _searched(title: str, expression: str) -> Iterator[Watched]:
    for namespace, dimensions, metric in _SEARCH.findall(expression):
        names = tuple(one.strip().strip('"') for one in dimensions.split(",") if one.strip())
        yield Watched(path=title, namespace=namespace.strip('"'), metric=metric, dimensions=names, values={})


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an alarm should look at: one of the metrics, of what the dimension names."""

    owners: Bond
    namespace: str
    metrics: frozenset[str]
    dimension: str


def unwatched(stack: Stack, wanted: Wanted, message: str) -> Iterator[Answer]:
    """The owners that no alarm watches by one of the metrics."""
    kin = Kin(stack, wanted.owners)
    sure: set[str] = set()
    unknown: list[tuple[str, frozenset[str] | None]] = []
    for alarm in stack.of(ALARM):
        try:
            series = tuple(watched(alarm))
        except NotKnownError as error:
            named = kin.of(alarm, error.path.partition(".")[0])[0]
            unknown.append((f"{alarm.name}.{error.path}", named or None))
            continue
        for one in series:
            if wanted.dimension not in one.dimensions or not _may_be(one.namespace, {wanted.namespace}):
                continue
            if not _may_be(one.metric, wanted.metrics):
                continue
            owners, more = _owners(kin, alarm, one, wanted.dimension)
            if UNKNOWN in (one.namespace, one.metric) or (more and not owners):
                unknown.append((f"{alarm.name}.{one.path}", owners or None))
            else:
                sure |= owners
    for owner in kin.owners:
        if owner.urn in sure:
            continue
        reason = next((path for path, of in unknown if of is None or owner.urn in of), None)
        yield NotEvaluated(reason) if reason else (owner, message)


def _may_be(value: Value, wanted: frozenset[str] | set[str]) -> bool:
    return value is UNKNOWN or value in wanted


def _owners(kin: Kin, alarm: Member, one: Watched, dimension: str) -> tuple[frozenset[str], bool]:
    """Whose the series is: by its dimension's value if that is known, else by what the property depends on."""
    if one.values[dimension] is UNKNOWN:
        prop = "dimensions" if one.path == "metricName" else "metricQueries"
        return kin.of(alarm, prop, one.path.removesuffix("metricName") + f"dimensions.{dimension}")
    named = frozenset(owner.urn for owner in kin.owners if kin.name(owner) == one.values[dimension])
    return named, not named and any(kin.name(owner) is UNKNOWN for owner in kin.owners)
