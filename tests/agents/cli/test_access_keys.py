"""`qm access keys`, over the real service and real SQLite."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from agents.access.api_keys import ApiKeys
from agents.access.key_service import ApiKeyService
from agents.adapters.sqlite.audit import SqliteAuditLog
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.cli.access_keys import app
from agents.configuration.api_keys import DocumentKeyStore
from agents.errors import InvalidError, UnauthenticatedError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    Qm = Callable[..., Result]

CREATE = ("create", "report", "--group", "warehouse_manager", "--group", "viewer", "--scope", "ask")


@pytest.fixture
def store(tmp_path: Path) -> DocumentKeyStore:
    documents = SqliteConfigStore(tmp_path / "keys.db", tenant="default", clock=lambda: datetime.now(UTC))
    return DocumentKeyStore(documents)


@pytest.fixture
def keys(store: DocumentKeyStore) -> ApiKeys:
    return ApiKeys(store, clock=time.time)


@pytest.fixture
def log(tmp_path: Path) -> SqliteAuditLog:
    return SqliteAuditLog(tmp_path / "audit.db", tenant="default", clock=lambda: datetime.now(UTC))


@pytest.fixture
def qm(store: DocumentKeyStore, keys: ApiKeys, log: SqliteAuditLog) -> Qm:
    service = ApiKeyService(store, clock=time.time, random=os.urandom, changed=keys.forget)

    def run(*arguments: str) -> Result:
        laptop = SimpleNamespace(keys=service, audit_log=log)  # all that these commands take of one
        return CliRunner().invoke(app, arguments, obj=lambda environment: laptop)

    return run


def test_a_key_is_made_and_used(qm: Qm, keys: ApiKeys) -> None:
    """Its text is a line of its own, and says that it comes only once."""
    lines = qm(*CREATE).stdout.splitlines()
    claims = keys.verify(lines[1])
    assert (claims.subject, claims.groups) == ("machine-report", {"warehouse_manager", "viewer"})
    assert "not shown again" in lines[2]
    assert lines[1] not in qm("list").stdout + qm("list", "-o", "json").stdout


def test_json_holds_the_key_for_a_script(qm: Qm, keys: ApiKeys) -> None:
    """As a member beside what a list shows."""
    made = json.loads(qm(*CREATE, "--days", "7", "-o", "json").stdout)
    assert keys.verify(made["key"]).scopes == {"ask"}
    rotated = json.loads(qm("rotate", "report", "--grace-hours", "0", "-o", "json").stdout)
    assert keys.verify(rotated["key"])
    with pytest.raises(UnauthenticatedError):
        keys.verify(made["key"])


def test_a_revoked_key_is_gone(qm: Qm, keys: ApiKeys) -> None:
    """And the list says how to make the next."""
    text = qm(*CREATE).stdout.splitlines()[1]
    assert "10 s" in qm("revoke", "report").stdout
    with pytest.raises(UnauthenticatedError):
        keys.verify(text)
    assert "qm access keys create" in qm("list").stdout


def test_what_a_machine_may_not_hold_is_refused(qm: Qm) -> None:
    """With every problem; the entry point prints them."""
    result = qm("create", "Report", "--group", "access-admin", "--scope", "all", "--days", "0")
    assert isinstance(result.exception, InvalidError)
    assert len(result.exception.problems) == 4


def test_each_change_is_on_record(qm: Qm, log: SqliteAuditLog) -> None:
    """Who owns the machine changed which key, before it is changed; a list leaves none."""
    for words in (CREATE, ("rotate", "report"), ("list",), ("revoke", "report")):
        assert qm(*words).exit_code == 0
    found = [json.loads(entry.text) for entry in log.read(after="", limit=9)]
    assert [(one["action"], one["resource"], one["subject"], one["allowed"]) for one in found] == [
        ("access:keys", "key/report", "qm", True)
    ] * 3


def test_what_cannot_be_written_down_is_not_done(qm: Qm, log: SqliteAuditLog, tmp_path: Path) -> None:
    """Without a record there is no key."""
    (tmp_path / "audit.db").mkdir()
    assert isinstance(qm(*CREATE).exception, UnavailableError)
    assert "There is none" in qm("list").stdout
