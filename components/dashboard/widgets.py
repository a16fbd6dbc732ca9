"""The widgets of a CloudWatch dashboard, and where they stand on its grid.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from components.series import Series

COLUMNS: Final = 24
_HOUR_S: Final = 3_600

Plain: TypeAlias = "str | int | float | bool | Sequence[Plain] | Mapping[str, Plain]"


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a graph shows: one series, or an expression over others by their ids, or a search."""

    label: str
    series: Series | None = None
    expression: str = ""
    id: str = ""
    hidden: bool = False  # only there for an expression

    def plain(self) -> list[Plain]:
        """As a dashboard's JSON has it: namespace, name, dimensions in pairs, options."""
        options: dict[str, Plain] = {"label": self.label}
        if self.id:
            options["id"] = self.id
        if self.hidden:
            options["visible"] = False
        if self.series is None:
            return [{**options, "expression": self.expression}]
        options["stat"] = self.series.statistic
        pairs = [word for pair in self.series.dimensions.items() for word in pair]
        return [self.series.namespace, self.series.metric, *pairs, options]


@dataclass(frozen=True, kw_only=True)
class Widget:
    """A widget without its place."""

    type: str
    width: int
    height: int
    properties: Mapping[str, Plain] = field(default_factory=dict)


def line(series: Series, label: str) -> Line:
    """One series."""
    return Line(label=label, series=series)


def searched(expression: str, by: str) -> Line:
    """Everything that a search finds, each labelled with its value of the dimension."""
    return Line(label=f"${{PROP('Dim.{by}')}}", expression=expression)


def rate(failed: Series, all_: Series, label: str) -> tuple[Line, ...]:
    """Failed of all, in per cent."""
    return (
        Line(label="failed", series=failed, id="failed", hidden=True),
        Line(label="tried", series=all_, id="tried", hidden=True),
        Line(label=label, expression="100 * FILL(failed, 0) / tried", id="rate"),
    )


def text(markdown: str) -> Widget:
    """Words over the whole width."""
    return Widget(type="text", width=COLUMNS, height=2, properties={"markdown": markdown})


def graph(
    title: str, unit: str, lines: Iterable[Line], *, width: int = 12, period_s: int = 300, limit: float | None = None
) -> Widget:
    """Lines over time, from zero; `limit` is drawn across, such as the threshold of an alarm."""
    properties: dict[str, Plain] = {
        "title": title,
        "view": "timeSeries",
        "stacked": False,
        "period": period_s,
        "yAxis": {"left": {"label": unit, "min": 0, "showUnits": False}},
        "metrics": [one.plain() for one in lines],
    }
    if limit is not None:
        properties["annotations"] = {"horizontal": [{"label": "alarm", "value": limit}]}
    return Widget(type="metric", width=width, height=6, properties=properties)


def number(title: str, lines: Iterable[Line], *, width: int = 6) -> Widget:
    """One figure for the whole time that is shown."""
    return Widget(
        type="metric",
        width=width,
        height=4,
        properties={
            "title": title,
            "view": "singleValue",
            "period": _HOUR_S,
            "setPeriodToTimeRange": True,
            "metrics": [one.plain() for one in lines],
        },
    )


def log_query(title: str, group: str, query: Sequence[str], *, view: str = "table", width: int = 12) -> Widget:
    """What a Logs Insights query finds in one log group; `query` has one command a line."""
    return Widget(
        type="log",
        width=width,
        height=6,
        properties={"title": title, "view": view, "query": "\n| ".join((f"SOURCE '{group}'", *query))},
    )


def alarm_states(title: str, arns: Sequence[str]) -> Widget:
    """The state of each alarm."""
    return Widget(
        type="alarm",
        width=COLUMNS,
        height=max(3, 1 + len(arns) // 4),
        properties={"title": title, "alarms": list(arns)},
    )


def body(rows: Iterable[Sequence[Widget]], region: str) -> dict[str, Plain]:
    """A dashboard: widgets of a row stand beside each other, rows below each other. An empty graph is left out.

    Raises ValueError for a row that is wider than the grid.
    """
    placed: list[Plain] = []
    y = 0
    for given in rows:
        row = [one for one in given if one.properties.get("metrics") != []]
        x = 0
        for one in row:
            if x + one.width > COLUMNS:
                raise ValueError(f"a row with {one.properties.get('title')!r} is wider than {COLUMNS} columns")
            place = {"x": x, "y": y, "width": one.width, "height": one.height}
            where = {"region": region} if one.type in {"metric", "log"} else {}
            placed.append({"type": one.type, **place, "properties": {**where, **one.properties}})
            x += one.width
        y += max((one.height for one in row), default=0)
    return {"periodOverride": "inherit", "widgets": placed}
