"""What a stack would cost a month, as far as prices are known: what is not known is said, never guessed."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

from .prices import Table, table
from .quantities import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from delivery.recorder import Recording

    from .prices import Price

_PROVIDER: Final = "pulumi:providers:aws"
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Item:
    """All that one item of one type costs in a stack. Amounts are decimal text in the table's currency."""

    type: str
    item: str
    resources: int  # how many resources it is charged for
    quantity: str  # of `unit`s, in a month
    unit: str
    price: str  # of a unit; empty: not known
    monthly: str  # empty: not known
    region: str  # whose price it is
    source: str
    date: str


@dataclass(frozen=True, kw_only=True)
class Unpriced:
    """Something that may cost money, and whose price is not in the table."""

    type: str
    item: str  # empty: the whole type
    resources: int


@dataclass(frozen=True, kw_only=True)
class Cost:
    """An estimate; `monthly` sums what is known."""

    currency: str
    monthly: str
    dated: str
    regions: tuple[str, ...]  # the stack's
    priced_as: str  # the region whose prices stand in for those that are not known; empty: none had to
    items: tuple[Item, ...]  # the dearest first
    unknown: tuple[Unpriced, ...]
    assumptions: Mapping[str, str]  # words -> value, of what the estimate rests on

    def as_json(self) -> dict[str, object]:
        return asdict(self)


def estimate(recording: Recording, prices: Table | None = None) -> Cost:
    """The estimate of a recorded stack by the given table, or by the one of the repository."""
    given = prices or table()
    regions = {one.urn: str(one.values.get("region", "")) for one in recording.of_type(_PROVIDER)}
    found: dict[tuple[str, str, str], _Sum] = {}
    unknown: Counter[tuple[str, str]] = Counter()
    used: set[str] = set()
    for one in recording.registrations:
        if not one.custom or one.type.startswith("pulumi:") or one.type in given.free:
            continue
        own = given.prices.get(one.type, ())
        if not own:
            unknown[one.type, ""] += 1
        for price in own:
            units = counted(price.count, one, recording)
            if units is None or (units and price.amount is None):
                unknown[one.type, price.item] += 1
            elif units:
                region = regions.get(one.provider, "")
                key = (one.type, price.item, region if region in price.regions else given.region)
                found.setdefault(key, _Sum(price)).add(units)
                used.add(price.usage)
    items = sorted(_items(found, given), key=lambda item: (-Decimal(item.monthly), item.type, item.item, item.region))
    own_regions = tuple(sorted({one for one in regions.values() if one}))
    return Cost(
        currency=given.currency,
        monthly=str(sum((Decimal(one.monthly) for one in items), Decimal("0.00"))),
        dated=given.date,
        regions=own_regions,
        priced_as=given.region if set(own_regions) - {given.region} else "",
        items=tuple(items),
        unknown=tuple(
            Unpriced(type=type_, item=item, resources=count) for (type_, item), count in sorted(unknown.items())
        ),
        assumptions={given.usage[name].means: str(given.usage[name].value) for name in sorted(used - {"months"})},
    )


@dataclass
class _Sum:
    price: Price
    units: Decimal = Decimal(0)
    resources: int = 0

    def add(self, units: Decimal) -> None:
        self.units += units
        self.resources += 1


def _items(found: Mapping[tuple[str, str, str], _Sum], given: Table) -> Iterator[Item]:
    for (type_, item, region), summed in found.items():
        price = summed.price
        amount = price.regions.get(region, price.amount)
        if amount is None:
            continue
        quantity = summed.units * given.usage[price.usage].value / price.divide
        yield Item(
            type=type_,
            item=item,
            resources=summed.resources,
            quantity=_plain(quantity),
            unit=price.unit,
            price=_plain(amount),
            monthly=str((quantity * amount).quantize(_CENT, ROUND_HALF_UP)),
            region=region,
            source=price.source,
            date=price.date,
        )


def by_type(cost: Cost) -> tuple[tuple[str, Decimal, int], ...]:
    """(type, its known monthly cost, resources), the dearest first."""
    sums: dict[str, tuple[Decimal, int]] = {}
    for one in cost.items:
        amount, resources = sums.get(one.type, (Decimal(0), 0))
        sums[one.type] = (amount + Decimal(one.monthly), max(resources, one.resources))
    return tuple(sorted(((type_, *each) for type_, each in sums.items()), key=lambda one: (-one[1], one[0])))


def _plain(value: Decimal) -> str:
    """As people write it: no exponent, no zeros at the end."""
    return f"{value.normalize():f}"
