"""What a role may do with tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import Statement

if TYPE_CHECKING:
    from components.arns import Arns


_READS = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
_ENCLOSED = {"ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}}


def keeps_items(arns: Arns, *tables: str) -> Statement:
    """Reads items and puts them, in transactions too; changes none in place, scans and deletes nothing."""
    return Statement(
        sid="KeepsItems", actions=(*_READS, "dynamodb:PutItem"), resources=tuple(arns.table(name) for name in tables)
    )


def reads_items(arns: Arns, *tables: str) -> Statement:
    """Reads items, and neither scans nor writes."""
    return Statement(sid="ReadsItems", actions=_READS, resources=tuple(arns.table(name) for name in tables))


def reads_partitions(arns: Arns, table: str, *keys: str) -> Statement:
    """Reads items of one table whose partition keys are these, `*` standing for anything; no others."""
    return Statement(
        sid="ReadsPartitions",
        actions=_READS,
        resources=(arns.table(table),),
        condition={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": sorted(keys)}},
    )


def checks_items(arns: Arns, table: str) -> Statement:
    """Asks in a transaction whether an item is there that the transaction does not write."""
    return Statement(sid="ChecksItems", actions=("dynamodb:ConditionCheckItem",), resources=(arns.table(table),))


def adds_items(arns: Arns, table: str) -> Statement:
    """Puts items in transactions, and no other way."""
    return Statement(
        sid="AddsItems",
        actions=("dynamodb:PutItem",),
        resources=(arns.table(table),),
        condition=_ENCLOSED,
        why="IAM can ask for a transaction and not for a condition in it, so a put may still hit what is there: "
        "the chain of digests and its signed heads show that.",
    )


def finds_items(arns: Arns, table: str) -> Statement:
    """Looks at items by their keys, which tells whether a transaction was done whose answer was lost."""
    return Statement(sid="FindsItems", actions=("dynamodb:BatchGetItem",), resources=(arns.table(table),))


def reads_chains(arns: Arns, table: str) -> Statement:
    """Reads what was added, a partition after the other."""
    return Statement(sid="ReadsChains", actions=("dynamodb:Query",), resources=(arns.table(table),))
