"""Runs the attacks that are kept as data in `attacks/` and counts how they end.

    .venv/bin/python -m tests.agents.access.attack_runs

prints families with the number of attacks, those denied, those filtered, and those that leaked.
"""

from __future__ import annotations

import math
import re
import sys
import tempfile
import time
import tomllib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import duckdb
import sqlglot
from sqlglot.errors import SqlglotError

from agents.access.attributes import TableAttributes
from agents.access.gateway import SqlGateway
from agents.access.policy import AllOf, EveryRow, Grants, OneOf, Own, Policy, TableGrant, Through
from agents.access.principal import Caller, Principal
from agents.access.rewrite import rewrite
from agents.access.verify import verify
from agents.adapters.duckdb import DuckDbEngine
from agents.deadline import Deadline
from agents.errors import ForbiddenError, InvalidError, UnavailableError
from agents.supply_chain.policy import CATALOGUE, POLICY
from tests.agents.access.oracle import (
    ANALYST,
    BUYER,
    ENGINEER,
    MANAGER,
    NEWCOMER,
    NOBODY,
    PERSONAS,
    SHIPPED,
    closed_to,
    full_database,
    permitted_database,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agents.access.catalogue import Catalogue
    from agents.access.decisions import Decision
    from agents.access.policy import PolicySource
    from agents.access.ports import Rows

End = Literal["denied", "filtered", "fails", "leaked", "changed"]
FOLDER: Final = Path(__file__).with_name("attacks")
_MAY: Final = "FOLDER/sales_order_header/order_month=2026-05/sales_order_header.parquet"  # a file that exists
_WAREHOUSES: Final = Own("warehouse_id", "warehouses")
_LINES: Final = Through("sales_order_id", "sales_order_header", "sales_order_id", _WAREHOUSES)
# What `oracle.PERMITTED` and `oracle.COLUMNS` say of the personas of tests, as a policy.
TEST_POLICY: Final = Policy(
    {
        ANALYST: Grants(
            agents=frozenset(),
            tools=frozenset(),
            tables={
                "product": TableGrant(
                    rows=EveryRow(),
                    columns=("product_id", "name", "category", "supplier", "list_price"),
                    masks={"supplier": "redacted", "list_price": "null"},
                ),
                "warehouse_product": TableGrant(rows=_WAREHOUSES, columns=("product_id", "on_hand", "reorder_point")),
                "sales_order_header": TableGrant(
                    rows=AllOf((_WAREHOUSES, OneOf("status", ("open",)))),
                    masks={"territory_id": "redacted", "order_date": "null", "order_month": "redacted"},
                ),
                "sales_order_line": TableGrant(rows=_LINES, masks={"unit_price": "null"}),
                "purchase_order_header": TableGrant(
                    rows=OneOf("status", ("received",)),
                    columns=("purchase_order_id", "supplier", "warehouse_id", "order_date", "status", "order_month"),
                    masks={"supplier": "redacted"},
                ),
            },
        ),
        NEWCOMER: Grants(
            agents=frozenset(),
            tools=frozenset(),
            tables={
                "product": TableGrant(rows=EveryRow()),
                "warehouse_product": TableGrant(rows=_WAREHOUSES),
                "sales_order_header": TableGrant(rows=_WAREHOUSES),
                "sales_order_line": TableGrant(rows=_LINES),
            },
        ),
    }
)
SUBJECTS: Final = {MANAGER: "wanda", ENGINEER: "felix", BUYER: "petra", ANALYST: "wanda"}
OWN: Final = {"wanda": {"warehouses": ("WH01", "WH02")}, "felix": {"territories": ("T1", "T3")}}
# Words that only an engine or a parser says, and what only it knows.
_ENGINES_WORDS: Final = re.compile(
    r"duckdb|sqlglot|athena|binder error|catalog error|parser error|conversion error|candidate|did you mean"
    r"|referenced|traceback|line \d+|col:? \d+|\.parquet|allowed_directories",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Attack:
    """`expect` is how it must end; `fails` is an engine's failure that comes the same without the hidden rows.

    `persona` None: everybody of the policy that ships tries it. `dialect` athena: it is not sent to DuckDB.
    """

    family: str
    sql: str
    why: str
    expect: End
    persona: str | None = None
    dialect: str | None = None
    defect: str = ""  # what is known to be wrong: the attack ends otherwise until that is mended

    @property
    def personas(self) -> tuple[str, ...]:
        return (self.persona,) if self.persona else SHIPPED

    def statements(self, persona: str, folder: Path) -> Iterator[str]:
        """The text as it is sent. `<<3|ab>>` is ababab, `<<u+0000>>` that character; CLOSED each closed table."""
        text = re.sub(r"<<u\+([0-9A-F]+)>>", lambda found: chr(int(found[1], 16)), self.sql)
        text = re.sub(r"<<(\d+)\|(.*?)>>", lambda found: found[2] * int(found[1]), text, flags=re.DOTALL)
        text = re.sub(r"\bMAY\b", _MAY, text).replace("FOLDER", folder.as_posix())
        if "CLOSED" not in text:
            yield text
        for table in closed_to(persona) if "CLOSED" in text else ():
            yield text.replace("CLOSED", table)


@cache
def attacks() -> tuple[Attack, ...]:
    """All of them, by family."""
    return tuple(
        Attack(family=path.stem, **entry)
        for path in sorted(FOLDER.glob("*.toml"))
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["attack"]
    )


@dataclass(frozen=True)
class Ended:
    """How one statement ended; `message` is what its sender read, `detail` what a developer needs."""

    how: End
    message: str = ""
    detail: str = ""


class Range:
    """A shooting range: the gateway over all of the sample's data, and the databases it is compared with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = DuckDbEngine(folder)
        self.oracles = {persona: permitted_database(folder, persona) for persona in PERSONAS}
        attributes = TableAttributes(self.engine, clock=lambda: 0.0)
        self._gateways = {
            persona: SqlGateway(
                self.engine, attributes, catalogue=CATALOGUE, policy=_source(persona), decisions=_Unwritten()
            )
            for persona in PERSONAS
        }

    @cached_property
    def full(self) -> duckdb.DuckDBPyConnection:
        return full_database(self.folder)

    def close(self) -> None:
        self.engine.close()
        for database in self.oracles.values():
            database.close()

    def shoot(self, attack: Attack) -> Iterator[tuple[str, str, Ended]]:
        """Every run of an attack, with its persona and the statement as sent."""
        for persona in attack.personas:
            for statement in attack.statements(persona, self.folder):
                if attack.dialect == "athena":
                    yield persona, statement, self.rewritten(statement, persona, "athena")
                else:
                    yield persona, statement, self.sent(statement, persona)

    def query(self, statement: str, persona: str) -> Rows:
        """As the persona's person; raises as the gateway does."""
        return self._gateways[persona].query(statement, _caller(persona), deadline=Deadline.after(20))

    def sent(self, statement: str, persona: str) -> Ended:
        """Through the gateway, with DuckDB behind it."""
        try:
            found = self.query(statement, persona).rows
        except (InvalidError, ForbiddenError) as error:
            return Ended("denied", str(error))
        except UnavailableError as error:
            alike = self.fails_alike(statement, persona)
            return Ended("fails" if alike else "changed", str(error), "" if alike else "fails with hidden rows only")
        return self._compared(found, statement, persona)

    def rewritten(self, statement: str, persona: str, dialect: str) -> Ended:
        """Through rewriter and verifier only; what gets through is run in DuckDB, where it can say it."""
        who, catalogue, policy = asked(persona)
        try:
            safe = rewrite(statement, who, catalogue, policy, dialect)
            verify(safe.statement, who, catalogue, policy, dialect)
        except (InvalidError, ForbiddenError) as error:
            return Ended("denied", str(error))
        try:
            there = in_duckdb(safe.statement, dialect)
            here = sqlglot.transpile(statement, read=dialect, write="duckdb")[0]
            found = self.full.execute(there).fetchall()
        except (duckdb.Error, SqlglotError) as error:
            return Ended("fails", detail=str(error))
        return self._compared(found, here, persona)

    def _compared(self, found: Iterable[tuple[object, ...]], statement: str, persona: str) -> Ended:
        try:
            permitted = self.oracles[persona].execute(statement).fetchall()
        except duckdb.Error as error:
            # The oracle has no such table or column, yet the gateway found one.
            return Ended("leaked", detail=f"the permitted data alone fails: {error}"[:300])
        have, may = Counter(map(plain_row, found)), Counter(map(plain_row, permitted))
        if outside := have - may:
            return Ended("leaked", detail=f"{sum(outside.values())} rows outside, such as {next(iter(outside))}")
        if missing := may - have:
            return Ended("changed", detail=f"{sum(missing.values())} rows missing, such as {next(iter(missing))}")
        return Ended("filtered")

    def fails_alike(self, statement: str, persona: str) -> bool:
        """Whether a statement fails over the permitted data alone as well."""
        try:
            self.oracles[persona].execute(statement).fetchall()
        except duckdb.Error:
            return True
        return False


def in_duckdb(statement: str, dialect: str) -> str:
    """A rewritten statement as DuckDB's, with the fence that holds there."""
    if dialect == "duckdb":
        return statement
    text = sqlglot.transpile(statement, read=dialect, write="duckdb")[0]
    return text.replace("LIMIT 1000000000000000)", "LIMIT (SELECT 1000000000000000))")


def plain_row(row: tuple[object, ...]) -> tuple[object, ...]:
    """Values in JSON's types, floats to six digits: an engine may add them in any order."""
    return tuple(map(_plain, row))


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal | dict | list) else value


def tells(ended: Ended, statement: str, persona: str) -> str:
    """What a message tells that it must not: an engine's words, or a table that its reader may not see."""
    if found := _ENGINES_WORDS.search(ended.message):
        # Nobody learns from their own words.
        return "" if found[0].lower() in statement.lower() else found[0]
    named = (table for table in closed_to(persona) if re.search(rf"\b{table}\b", ended.message))
    return next((table for table in named if table not in statement.lower()), "")


def asked(persona: str) -> tuple[Principal, Catalogue, Policy]:
    """Who asks as this persona, of what, under which policy."""
    return _caller(persona, attributes=True).principal, CATALOGUE, _source(persona)()


class _Unwritten:
    def record(self, decision: Decision) -> None:
        pass


def _source(persona: str) -> PolicySource:
    return lambda: POLICY if persona in SHIPPED else TEST_POLICY


def _caller(persona: str, *, attributes: bool = False) -> Caller:
    subject = SUBJECTS.get(persona, "newman")
    principal = Principal(
        subject=subject,
        tenant="default",
        groups=frozenset({persona}),
        persona=None if persona == NOBODY else persona,
        attributes=OWN.get(subject, {}) if attributes else {},
    )
    return Caller(principal=principal, token="")


def table(counts: dict[str, Counter[str]]) -> str:
    """`family | attacks | denied | filtered | leaked`; an engine's failure tells nothing and counts as filtered."""
    lines = [f"{'family':<14} {'attacks':>8} {'denied':>8} {'filtered':>9} {'leaked':>7}"]
    total: Counter[str] = Counter()
    for family, ends in [*counts.items(), ("all", total)]:
        kept = ends["filtered"] + ends["fails"] + ends["changed"]
        lines.append(f"{family:<14} {sum(ends.values()):>8} {ends['denied']:>8} {kept:>9} {ends['leaked']:>7}")
        total += ends if family != "all" else Counter()
    return "\n".join(lines)


def worst(ends: Iterable[End]) -> End:
    """How an attack ended that several people tried: as the one who got furthest."""
    order: tuple[End, ...] = ("denied", "fails", "filtered", "changed", "leaked")
    return max(ends, key=order.index)


def main() -> int:
    """Prints the table; 1 when something leaked or ended otherwise than it must."""
    from agents.supply_chain.sample import ensure_sample  # the command alone needs numpy

    counts: dict[str, Counter[str]] = {}
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        ensure_sample(Path(folder) / "data")
        place = Range(Path(folder) / "data")
        began = time.perf_counter()
        for attack in attacks():
            runs = list(place.shoot(attack))
            how = worst(ended.how for _, _, ended in runs)
            counts.setdefault(attack.family, Counter())[how] += 1
            if how != attack.expect and not attack.defect:
                wrong += 1
                persona, statement, ended = max(runs, key=lambda run: run[2].how == how)
                print(f"{attack.family}: {how}, not {attack.expect}: {persona}: {statement[:200]!r}: {ended.detail or ended.message}")  # fmt: skip # noqa: T201, E501
        place.close()
    print(table(counts), f"\n{time.perf_counter() - began:.1f} s", file=sys.stdout)  # noqa: T201 - a command prints
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
