"""Keys that several people change at once, over real SQLite."""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from agents.access.key_service import ApiKeyService, NewKey
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.api_keys import DocumentKeyStore
from agents.errors import ConflictError, NotFoundError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path) -> ApiKeyService:
    documents = SqliteConfigStore(tmp_path / "keys.db", tenant="default", clock=lambda: datetime.now(UTC))
    return ApiKeyService(DocumentKeyStore(documents), clock=time.time, random=os.urandom)


def at_once(*tasks: Callable[[], object]) -> list[object]:
    """What each task returned or raised of our errors, all started together."""
    start, found = threading.Barrier(len(tasks)), []

    def run(task: Callable[[], object]) -> None:
        start.wait()
        try:
            found.append(task())
        except (ConflictError, NotFoundError, UnavailableError) as error:
            found.append(error)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def wish(name: str) -> NewKey:
    return NewKey(name=name, groups=("viewer",), scopes=("config",))


def test_different_keys_do_not_stand_in_each_others_way(service: ApiKeyService) -> None:
    """The list of names is compared too, but whoever collides there only tries again."""
    names = [f"m{n}" for n in range(4)]
    made = at_once(*(lambda name=name: service.create(wish(name), author="anna") for name in names))
    assert not [one for one in made if isinstance(one, Exception)]
    assert [key.name for key in service.list()] == names


def test_one_name_is_given_once(service: ApiKeyService) -> None:
    """Of several who want it at once, one gets it, and the others a conflict."""
    made = at_once(*[lambda: service.create(wish("report"), author="anna")] * 4)
    assert sorted(type(one).__name__ for one in made) == ["ConflictError"] * 3 + ["MadeKey"]
    assert len(service.list()) == 1


def test_a_revocation_comes_through(service: ApiKeyService) -> None:
    """Whoever rotates at the same moment, the key is gone: a rotation does not bring it back, nor hold it up."""

    def rotate() -> object:
        return service.rotate("report", author="adam")

    for _ in range(5):
        service.create(wish("report"), author="anna")
        done = at_once(lambda: service.revoke("report", author="anna"), rotate, rotate)
        assert None in done
        assert service.list() == ()
