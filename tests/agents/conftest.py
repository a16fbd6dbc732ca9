"""The sample data, made once; the engine and the gateway over it; and the same data without any gateway."""

from __future__ import annotations

import json
import math
import re
import time
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import settings

from agents.access.attributes import TableAttributes
from agents.access.gateway import SqlGateway
from agents.access.principal import Caller, Principal
from agents.adapters.duckdb import DuckDbEngine
from agents.data_schema import DATA_TABLES
from agents.supply_chain.policy import CATALOGUE, POLICY
from agents.supply_chain.sample import ensure_sample
from agents.supply_chain.sample_people import PEOPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from agents.access.decisions import Decision

    Run = Callable[[str], list[tuple[object, ...]]]

settings.register_profile("agents", deadline=None, database=None, derandomize=True)
settings.load_profile("agents")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the sample's Parquet files."""
    folder = tmp_path_factory.mktemp("sample") / "data"
    assert ensure_sample(folder)
    return folder


@pytest.fixture(scope="session")
def engine(sample: Path) -> Iterator[DuckDbEngine]:
    engine = DuckDbEngine(sample)
    yield engine
    engine.close()


class Remembered:
    """`Decisions` that stay in memory, for tests to look at."""

    def __init__(self) -> None:
        self.decisions: list[Decision] = []

    def record(self, decision: Decision) -> None:
        self.decisions.append(decision)


@pytest.fixture(scope="session")
def remembered() -> Remembered:
    """What the session's gateway decided; a test that counts makes its own."""
    return Remembered()


@pytest.fixture
def decisions() -> Remembered:
    """A test's own."""
    return Remembered()


@pytest.fixture(scope="session")
def gateway(engine: DuckDbEngine, remembered: Remembered) -> SqlGateway:
    attributes = TableAttributes(engine, clock=time.monotonic)
    return SqlGateway(engine, attributes, catalogue=CATALOGUE, policy=lambda: POLICY, decisions=remembered)


@pytest.fixture(scope="session")
def callers() -> dict[str, Caller]:
    """The sample's person of each persona, as a verified token would make them: without attributes."""
    return {
        person.persona: Caller(
            principal=Principal(
                subject=person.subject, tenant="default", groups=frozenset(person.groups), persona=person.persona
            ),
            token="",
        )
        for person in PEOPLE
    }


@pytest.fixture(scope="session")
def plain() -> Callable[[Iterable[tuple[object, ...]]], list[tuple[object, ...]]]:
    """Rows of any source in a form that can be compared: JSON's types, floats to six digits, sorted."""

    def cell(value: object) -> object:
        if isinstance(value, float):
            return round(value, 6) if math.isfinite(value) else None
        if isinstance(value, date):
            return value.isoformat()
        return {Decimal: str, dict: repr}.get(type(value), lambda same: same)(value)

    def rows(raw: Iterable[tuple[object, ...]]) -> list[tuple[object, ...]]:
        return sorted((tuple(map(cell, row)) for row in raw), key=repr)

    return rows


@pytest.fixture(scope="session")
def full(sample: Path) -> Iterator[Run]:
    """Runs SQL over all of the sample data, past every gateway: what a test's own figures come from."""
    connection = duckdb.connect(":memory:")
    for table in DATA_TABLES:
        files = sample / table.file("*")
        options = (
            "hive_partitioning = true, hive_types_autocast = false" if table.monthly else "hive_partitioning = false"
        )
        connection.execute(f"CREATE TABLE {table.name} AS SELECT * FROM read_parquet('{files}', {options})")
    yield lambda statement: connection.execute(statement).fetchall()
    connection.close()


@pytest.fixture(scope="session")
def read_emf() -> Callable[[str], dict[str, Any]]:
    """A line in CloudWatch's embedded metric format as JSON, after every rule of its specification was checked."""

    def read(line: str) -> dict[str, Any]:
        assert "\n" not in line
        assert len(line.encode()) <= 256 * 1024
        document: dict[str, Any] = json.loads(line)
        about = document["_aws"]
        assert set(about) == {"Timestamp", "CloudWatchMetrics"}
        assert isinstance(about["Timestamp"], int)
        targets: set[str] = set()
        for directive in about["CloudWatchMetrics"]:
            assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
            assert 1 <= len(directive["Namespace"]) <= 255
            assert directive["Dimensions"], "one set at least, which may be empty"
            for names in directive["Dimensions"]:
                assert len(names) <= 9, "30 by now, 9 by the published schema"
                assert all(isinstance(document[name], str) and 1 <= len(document[name]) <= 1024 for name in names)
                assert all(document[name].isascii() and document[name].strip() for name in names)
                targets |= set(names)
            assert 1 <= len(directive["Metrics"]) <= 100
            for metric in directive["Metrics"]:
                assert set(metric) == {"Name", "Unit"}
                assert 1 <= len(metric["Name"]) <= 255
                assert re.fullmatch(r"Seconds|Milliseconds|Bytes|Percent|Count|None", metric["Unit"])
                found = document[metric["Name"]]
                values = found if isinstance(found, list) else [found]
                assert 1 <= len(values) <= 100
                assert all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
                assert metric["Name"] not in targets, "a metric and a dimension, or a metric twice"
                targets.add(metric["Name"])
        assert set(document) == targets | {"_aws"}, "nothing else travels"
        return document

    return read
