"""Row security, repeated: three queries that were prepared before, against parse and generate alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot

from agents.access.prepared import Preparer
from agents.access.rewrite import rewrite
from agents.supply_chain.policy import CATALOGUE, POLICY
from bench.rowsecurity import QUERIES, WHO
from bench.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable

NAME, TARGET = "rowsecurity_repeated", Target(ratio_at_most=0.02)


def ours() -> Callable[[], object]:
    preparer = Preparer(CATALOGUE, "duckdb")
    raw = [query.encode() for query in QUERIES]

    def again() -> None:
        for query in raw:  # a text of its own each time, as requests bring it
            preparer.prepare(query.decode(), WHO, POLICY)

    return again


def peer() -> Callable[[], object]:
    def again() -> None:
        for query in QUERIES:
            sqlglot.parse_one(query, dialect="duckdb").sql(dialect="duckdb")

    return again


def same() -> None:
    """What is remembered is what would be made."""
    preparer = Preparer(CATALOGUE, "duckdb")
    for query in QUERIES * 2:
        assert preparer.prepare(query, WHO, POLICY) == rewrite(query, WHO, CATALOGUE, POLICY, "duckdb")
