"""The answer's text, made from what the tools gave and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.access.ports import Cell, Rows
    from agents.runtime.results import ToolOutcome, ToolResult


def compose_answer(outcomes: tuple[ToolOutcome, ...], *, rows: int) -> str:
    """A paragraph for each result with up to `rows` lines of its table; a sentence for each that is missing."""
    return "\n\n".join(
        _result(outcome.result, rows) if outcome.result is not None else _missing(outcome) for outcome in outcomes
    )


def _result(result: ToolResult, rows: int) -> str:
    table = result.table
    if table is not None and not table.rows and result.units == "rows":
        head = "There are no such rows among those you may see"
    elif result.value is None:
        head = "There is nothing of that among what you may see"
    elif result.units == "rows":
        head = f"{_text(result.value)} row{'' if result.value == 1 else 's'}"
    else:
        head = f"{_text(result.value)} {result.units}"
    lines = [f"{head} (as of {result.as_of.isoformat()})."]
    if table is not None and table.rows:
        lines += _table(table, rows)
    lines.append(f"Method: {result.method}.{_quality(result)}")
    return "\n".join(lines)


def _table(table: Rows, rows: int) -> list[str]:
    shown = [table.columns, *(tuple(_text(cell) for cell in row) for row in table.rows[:rows])]
    widths = [max(len(row[column]) for row in shown) for column in range(len(table.columns))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in shown
    ]
    left = len(table.rows) - rows
    return [*lines, f"  ... and {left:,} more"] if left > 0 else lines


def _quality(result: ToolResult) -> str:
    error = result.quality.get("backtest_wape")
    if isinstance(error, float):
        return f" Back-test: the same forecast was off by {error:.0%} of the units sold, summed over products."
    return " More rows exist than were read." if result.quality.get("truncated") else ""


def _missing(outcome: ToolOutcome) -> str:
    reason = outcome.problem.message if outcome.problem else "it gave nothing"
    return f"I could not finish: {reason}."


def _text(cell: Cell) -> str:
    if isinstance(cell, bool) or cell is None:
        return {True: "yes", False: "no", None: "-"}[cell]
    return f"{cell:,}" if isinstance(cell, int | float) else cell
