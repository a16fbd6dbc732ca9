"""Attempts to read what is not permitted: each is refused, or gives no more than the permitted rows.

The attacks are data: `attacks/<family>.toml`, each with its reason. This module runs every one.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from agents.errors import ForbiddenError, InvalidError
from tests.agents.access.attack_runs import Attack, Range, attacks, table, tells, worst
from tests.agents.access.oracle import MANAGER, SHIPPED, closed_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEAST = 300  # attacks, below which the table proves little
FAMILIES = {"scopes", "names", "functions", "statements", "side_channels", "dialect", "size", "policy"}
EACH = pytest.mark.parametrize(
    "attack",
    [
        pytest.param(attack, marks=[pytest.mark.xfail(reason=attack.defect)] if attack.defect else [])
        for attack in attacks()
    ],
    ids=lambda attack: f"{attack.family}: {attack.sql[:60]}",
)
COUNTS: dict[str, Counter[str]] = {}


@pytest.fixture(scope="module")
def place(sample: Path) -> Iterator[Range]:
    place = Range(sample)
    yield place
    place.close()


@pytest.fixture(scope="module", autouse=True)
def printed() -> Iterator[None]:
    """The table of all that ran, for who runs pytest with -s."""
    yield
    print("\n" + table(COUNTS))  # noqa: T201 - for who runs it with -s


@EACH
def test_an_attack_ends_as_it_must(place: Range, attack: Attack) -> None:
    """It is denied, or gives what the permitted data alone gives; no message tells more than its reader knew."""
    runs = list(place.shoot(attack))
    for persona, statement, ended in runs:
        assert ended.how not in {"leaked", "changed"}, f"{persona}: {statement[:300]}: {ended.detail}"
        assert not tells(ended, statement, persona), f"{persona}: {statement[:300]}: {ended.message}"
        assert len(ended.message) < 1_000
    how = worst(ended.how for _, _, ended in runs)
    COUNTS.setdefault(attack.family, Counter())[how] += 1
    assert how == attack.expect, attack.why


@EACH
def test_an_attack_gains_nothing_in_the_other_dialect(place: Range, attack: Attack) -> None:
    """The same text read as Athena's SQL is denied, or gives, run elsewhere, what the permitted data alone gives."""
    for persona in attack.personas:
        for statement in attack.statements(persona, place.folder):
            ended = place.rewritten(statement, persona, "athena")
            assert ended.how in {"denied", "filtered", "fails"}, f"{persona}: {statement[:300]}: {ended.detail}"
            assert not tells(ended, statement, persona), f"{persona}: {statement[:300]}: {ended.message}"


def test_there_are_enough_attacks_of_every_family() -> None:
    """Each has its reason, none is there twice, and no family is missing."""
    everything = attacks()
    assert len(everything) >= LEAST
    assert {attack.family for attack in everything} >= FAMILIES
    assert all(attack.why for attack in everything)
    twice = Counter((attack.sql, attack.persona, attack.dialect) for attack in everything)
    assert not [sql for sql, count in twice.items() if count > 1]


@pytest.mark.parametrize("persona", SHIPPED)
def test_a_table_that_does_not_exist_reads_as_one_that_is_closed(place: Range, persona: str) -> None:
    """Probing for names teaches nothing: both are refused in the same words."""
    unknown = place.sent("SELECT * FROM no_such_table_", persona)
    for closed in closed_to(persona):
        ended = place.sent(f"SELECT * FROM {closed}", persona)
        assert ended.how == "denied"
        assert ended.message.replace(repr(closed), "it") == unknown.message.replace("'no_such_table_'", "it")


def test_a_closed_table_is_forbidden_and_bad_sql_is_invalid(place: Range) -> None:
    """A person who names what is closed learns that it is closed; what is not SQL is wrong as written."""
    for statement, error in (("SELECT * FROM user_warehouse", ForbiddenError), ("SELECT FROM WHERE", InvalidError)):
        with pytest.raises(error):
            place.query(statement, MANAGER)
