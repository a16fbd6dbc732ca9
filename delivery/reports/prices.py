"""The dated price table: `delivery/data/prices.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE: Final = Path(__file__).parents[1] / "data" / "prices.toml"


@dataclass(frozen=True, kw_only=True)
class Price:
    """One thing that is charged for a resource of a type. Without an `amount` its price is not known."""

    type: str
    item: str
    unit: str
    amount: Decimal | None
    regions: Mapping[str, Decimal]  # where another price than the table's own region's is known
    count: str  # of `quantities.COUNTS`
    usage: str  # of the table's usage
    divide: int  # units that one amount pays for
    page: str
    source: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What is assumed of a month."""

    name: str
    value: Decimal
    means: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """Prices of one region, and what nothing is charged for."""

    currency: str
    region: str
    date: str
    prices: Mapping[str, tuple[Price, ...]]  # by type
    usage: Mapping[str, Usage]
    free: frozenset[str]


@cache
def table() -> Table:
    """The table as it lies in the repository."""
    data = tomllib.loads(FILE.read_text(encoding="utf-8"))
    prices: dict[str, tuple[Price, ...]] = {}
    for row in data["price"]:
        prices[row["type"]] = (
            *prices.get(row["type"], ()),
            Price(
                type=row["type"],
                item=row["item"],
                unit=row["unit"],
                amount=Decimal(row["price"]) if "price" in row else None,
                regions={region: Decimal(amount) for region, amount in row.get("regions", {}).items()},
                count=row["count"],
                usage=row["usage"],
                divide=row.get("divide", 1),
                page=row["page"],
                source=row.get("source", ""),
                date=str(row.get("date", "")),
            ),
        )
    return Table(
        currency=data["currency"],
        region=data["region"],
        date=data["date"],
        prices=prices,
        usage={
            name: Usage(name=name, value=Decimal(given["value"]), means=given["means"])
            for name, given in data["usage"].items()
        },
        free=frozenset((*data["free"]["types"], *data["settings"]["types"])),
    )
