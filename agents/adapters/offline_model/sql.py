"""From a question to one SELECT: a measure, a group, a time, a place, a number of rows."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from agents.adapters.offline_model.words import DAYS, has_phrase
from agents.supply_chain.vocabulary import SUBJECTS, Dimension, Measure, Subject

_MOST_ROWS: Final = 1_000


def compose(question: str, *, today: date) -> str | None:
    """The statement that answers the question, or None when it names no figure of the vocabulary.

    Everything that goes into it is a date, a whole number or an identifier of a fixed shape.
    """
    text = question.lower()
    found = _measure(text)
    if found is None:
        return None
    subject, measure = found
    dimension = _dimension(text, subject)
    conditions = [measure.condition, *_time(text, subject, today), *_place(question, subject)]
    where = " AND ".join(filter(None, conditions))
    columns = f"{dimension.expression} AS {dimension.name}, " if dimension else ""
    statement = f"SELECT {columns}{measure.expression} AS {measure.name} FROM {subject.source}"
    if where:
        statement += f" WHERE {where}"
    if dimension is None:
        return statement
    # A series reads in its own order, a ranking with the largest first.
    order = dimension.name if dimension.name == "month" else f"{measure.name} DESC, {dimension.name}"
    return f"{statement} GROUP BY {dimension.expression} ORDER BY {order} LIMIT {_rows(text)}"


def _measure(text: str) -> tuple[Subject, Measure] | None:
    """The measure with the longest phrase in the text; of equals the first of the vocabulary."""
    matches = [
        (len(word), subject, measure)
        for subject in SUBJECTS
        for measure in subject.measures
        for word in measure.words
        if has_phrase(text, word)
    ]
    return max(matches, key=lambda match: match[0])[1:] if matches else None


def _dimension(text: str, subject: Subject) -> Dimension | None:
    """What stands behind `per`, `by`, `each` or `which`, or behind `top 5`."""
    for dimension in subject.dimensions:
        words = "|".join(dimension.words)
        if re.search(rf"\b(?:per|by|each|every|which|top \d+|top)\s+(?:{words})\b", text) or text.startswith("monthly"):
            return dimension
    return None


def _time(text: str, subject: Subject, today: date) -> list[str]:
    spoken = re.search(r"(?:last|past|previous)\s+(?:(\d{1,4})\s+)?(day|week|month|quarter|year)s?\b", text)
    if not subject.day or not spoken:
        return []
    back = int(spoken[1] or 1) * DAYS[spoken[2]]  # 9,999 years are more than a date has
    first = date.fromordinal(max(1, today.toordinal() - back))
    return [f"{subject.day} >= DATE '{first.isoformat()}'", f"{subject.day} < DATE '{today.isoformat()}'"]


def _place(question: str, subject: Subject) -> list[str]:
    warehouse = re.search(r"\bWH\d{2}\b", question.upper())
    product = re.search(r"\bP\d{4}\b", question.upper())
    return [
        f"{column} = '{match[0]}'"
        for column, match in ((subject.warehouse, warehouse), (subject.product, product))
        if match
    ]


def _rows(text: str) -> int:
    spoken = re.search(r"\b(?:top|first|best)\s+(\d{1,4})\b", text)
    return min(int(spoken[1]), _MOST_ROWS) if spoken else _MOST_ROWS
