"""A stack's own base documents: whole and right, or refused with the names of the files."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agents import supply_chain
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.bootstrap.base_documents import publish_documents, read_documents, shipped_documents
from agents.bootstrap.common import PLUGINS
from agents.bootstrap.laptop import seed
from agents.errors import InvalidError
from agents.runtime.registry import Registry, load_plugins
from agents.supply_chain import document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.configuration.ports import ConfigStore

INVENTORY = 'title = "Stock"\ninstructions = "Answer."\ntools = ["stockout_risk"]\n'
SQL = '{"title": "SQL", "instructions": "Answer.", "tools": ["query_data"], "routing": {"otherwise": true}}'


@pytest.fixture
def registry() -> Registry:
    return load_plugins(PLUGINS)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ConfigStore]:
    clock = random.Random(1)
    store = SqliteConfigStore(
        tmp_path / "store.db", tenant="default", clock=lambda: datetime.fromtimestamp(clock.random(), UTC)
    )
    yield store
    store.close()


def write(folder: Path, **files: str) -> Path:
    """`agent__sql_json='...'` becomes agent/sql.json."""
    for name, text in files.items():
        path = folder / ".".join(name.replace("__", "/").rsplit("_", 1))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_file_is_the_document_of_its_path(tmp_path: Path, registry: Registry) -> None:
    """TOML, YAML and JSON alike; the folder is the kind and the file the name."""
    folder = write(tmp_path / "documents", agent__inventory_toml=INVENTORY, agent__sql_json=SQL)
    contents = read_documents(folder, registry)
    assert set(contents) == {"agent/inventory", "agent/sql"}
    assert contents["agent/inventory"] == {"title": "Stock", "instructions": "Answer.", "tools": ["stockout_risk"]}
    assert contents["agent/sql"]["routing"] == {"otherwise": True}


def test_the_folder_that_ships_is_one_to_start_from(registry: Registry) -> None:
    """A stack's own documents can begin as a copy of it."""
    shipped = Path(supply_chain.__file__).parent / "documents"
    assert read_documents(shipped, registry) == shipped_documents(registry)
    assert set(shipped_documents(registry)) == {
        "agent/defaults",
        "agent/inventory",
        "agent/sql",
        "access/policy",
        "models/catalogue",
    }


def test_an_empty_folder_changes_nothing(tmp_path: Path, registry: Registry) -> None:
    """What it does not hold comes from the plugins."""
    (tmp_path / "documents").mkdir()
    assert read_documents(tmp_path / "documents", registry) == {}


@pytest.mark.parametrize(
    ("file", "text", "reason"),
    [
        ("agent__inventory_toml", "title = ", r"agent/inventory\.toml:1:9: is not TOML"),
        ("agent__inventory_json", "{", r"agent/inventory\.json:1:2: is not JSON"),
        ("agent__inventory_json", "[]", r"agent/inventory\.json:1:1: is not a map"),
        ("agent__inventory_json", '{"title": "a", "title": "b"}', "says 'title' twice"),
        ("agent__inventory_json", '{"parameters": {"x": NaN}}', "NaN"),
        ("agent__inventory_json", "[" * 100_000, "nests deeper than 64 levels"),
        ("agent__inventory_toml", "x = 2026-06-30", "dates and times are not JSON"),
        ("agent__inventory_toml", INVENTORY + "# " + "x" * 300_000, "bytes"),
        ("agent__inventory_yaml", "title: x", r"agent/inventory\.yaml /instructions: Field required"),
        ("agent__Inventory_toml", INVENTORY, "'agent/Inventory' is not a document key"),
        ("inventory_toml", INVENTORY, "'inventory' is not a document key"),
        ("agent__stock_toml", INVENTORY, "there is no agent 'stock'"),
        ("routing__other_toml", "", "nothing reads the document routing/other"),
        ("access__keys_toml", "", "nothing reads the document access/keys"),
        ("access__policy_toml", "[personas.king]\n", r"access/policy\.toml:1:11 /personas/king: there is no persona"),
        ("access__policy_toml", '[personas.field_engineer]\ntools = ["x"]', "/personas/field_engineer/tools/0: there"),
        ("agent__inventory_toml", INVENTORY.replace("stockout_risk", "rm_rf"), "there is no tool 'rm_rf'"),
        ("agent__inventory_toml", INVENTORY + "colour = 1\n", "/colour"),
        ("agent__inventory_toml", 'title = "Stock"', "/instructions"),
        ("agent__defaults_toml", "[limits]\nturns = 99\n", r"agent/defaults\.toml:2:1 /limits/turns"),
    ],
)
def test_a_broken_file_is_named_with_its_reason(
    tmp_path: Path, registry: Registry, file: str, text: str, reason: str
) -> None:
    """Beside it a good one does not help: all or nothing."""
    folder = write(tmp_path / "documents", agent__sql_json=SQL, **{file: text})
    with pytest.raises(InvalidError, match=reason):
        read_documents(folder, registry)


def test_every_problem_is_told_at_once(tmp_path: Path, registry: Registry) -> None:
    """One run tells all there is to mend."""
    folder = write(tmp_path / "documents", agent__inventory_toml="x", agent__sql_json="x", agent__sql_toml=INVENTORY)
    with pytest.raises(InvalidError) as caught:
        read_documents(folder, registry)
    assert [problem.where for problem in caught.value.problems] == ["agent/inventory.toml:1:2", "agent/sql.json:1:1"]


def test_a_policy_of_the_stack_is_a_base_document(tmp_path: Path, registry: Registry, store: ConfigStore) -> None:
    """It takes the place of the one that ships."""
    text = '[personas.field_engineer]\nagents = ["sql"]\n'
    contents = read_documents(write(tmp_path / "documents", access__policy_toml=text), registry)
    publish_documents(store, contents)
    (head,) = store.heads([("access/policy", "base")])
    assert head is not None
    assert head.content == {"personas": {"field_engineer": {"agents": ["sql"]}}}


def test_two_files_of_one_document_are_refused(tmp_path: Path, registry: Registry) -> None:
    """Which of them would count is nobody's guess."""
    folder = write(tmp_path / "documents", agent__sql_toml=INVENTORY, agent__sql_json=SQL)
    with pytest.raises(InvalidError, match=r"agent/sql\.toml: agent/sql\.json is the same document"):
        read_documents(folder, registry)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, registry: Registry) -> None:
    """A typing error must not deploy the documents that ship."""
    with pytest.raises(InvalidError, match="there is no folder"):
        read_documents(tmp_path / "documents", registry)


def test_the_folder_becomes_the_base_layers(tmp_path: Path, registry: Registry, store: ConfigStore) -> None:
    """Its documents first, the plugins' own where it has none; again, nothing changes."""
    contents = read_documents(write(tmp_path / "documents", agent__sql_json=SQL), registry)
    for changed in (1, 0):
        assert publish_documents(store, contents) == changed
        seed(store, registry)
    keys = ["agent/sql", "agent/inventory", "agent/defaults"]
    sql, inventory, defaults = store.heads([(key, "base") for key in keys])
    assert sql is not None
    assert inventory is not None
    assert defaults is not None
    assert (sql.number, sql.content["title"]) == (1, "SQL")
    assert (inventory.content, defaults.content) == (document("inventory"), document("defaults"))


def test_a_changed_document_is_a_new_version(tmp_path: Path, registry: Registry, store: ConfigStore) -> None:
    """Over the one that ships too; the version before stays to go back to."""
    seed(store, registry)
    folder = write(tmp_path / "documents", agent__sql_json=SQL)
    publish_documents(store, read_documents(folder, registry))
    write(folder, agent__sql_json=SQL.replace("Answer.", "Answer briefly."))
    publish_documents(store, read_documents(folder, registry))
    history = store.history("agent/sql", "base", before=None, limit=9)
    assert [version.number for version in history] == [3, 2, 1]
    assert [version.content["instructions"] for version in history[:2]] == ["Answer briefly.", "Answer."]
