"""Keys of machines: made, used, rotated, revoked, over real SQLite."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from agents.access.api_keys import CACHE_S, MISS_S, ApiKeys
from agents.access.credentials import ByForm
from agents.access.key_service import DAY_S, ApiKeyService, NewKey
from agents.access.sign_in import SignIn
from agents.adapters.sqlite.configuration import SqliteConfigStore
from agents.configuration.api_keys import MAX_KEYS, DocumentKeyStore
from agents.configuration.documents import START, Draft
from agents.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnauthenticatedError,
)
from tests.agents.access.key_world import NOW, REPORT, Clock, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agents.access.decisions import Decisions
    from agents.access.principal import Claims
    from agents.configuration.documents import Content


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def documents(tmp_path: Path) -> SqliteConfigStore:
    return SqliteConfigStore(tmp_path / "configuration.db", tenant="default", clock=lambda: datetime.now(UTC))


@pytest.fixture
def store(documents: SqliteConfigStore) -> DocumentKeyStore:
    return DocumentKeyStore(documents)


@pytest.fixture
def keys(store: DocumentKeyStore, clock: Clock) -> ApiKeys:
    return ApiKeys(store, clock=clock)


@pytest.fixture
def service(store: DocumentKeyStore, clock: Clock) -> ApiKeyService:
    """In another process: nothing tells `keys` of a change."""
    counter = itertools.count(1)
    return ApiKeyService(store, clock=clock, random=lambda size: next(counter).to_bytes(size, "big"))


def test_a_key_proves_its_machine(service: ApiKeyService, keys: ApiKeys) -> None:
    """The subject is the machine's; groups and scopes are those it was made with; it ends after ninety days."""
    made = service.create(REPORT, author="anna")
    assert made.text == f"qmk_report_{'0' * 63}1"
    assert keys.verify(made.text) == keys.recall(made.text)
    claims = keys.verify(made.text)
    assert (claims.subject, claims.groups, claims.scopes, claims.expires_at) == (
        "machine-report",
        {"warehouse_manager", "viewer"},
        {"ask"},
        NOW + 90 * DAY_S,
    )
    assert isinstance(claims.scopes, frozenset)


def test_the_text_is_kept_nowhere(service: ApiKeyService, documents: SqliteConfigStore, tmp_path: Path) -> None:
    """No file of the store holds the secret, nor does what is printed of a key or listed."""
    made = service.create(REPORT, author="anna")
    secret = made.text.rpartition("_")[2]
    assert not [file for file in tmp_path.iterdir() if secret.encode() in file.read_bytes()]
    assert secret not in repr(made) + repr(service.list()) + str(made.key.as_json())
    stored = made.key.secrets[0].digest
    assert stored not in str(made.key.as_json())


def test_randomness_is_256_bits(store: DocumentKeyStore, clock: Clock) -> None:
    """So much is asked for, and all of it is in the text."""
    asked: list[int] = []

    def random(size: int) -> bytes:
        asked.append(size)
        return bytes(range(size))

    made = ApiKeyService(store, clock=clock, random=random).create(REPORT, author="anna")
    assert asked == [32]
    assert made.text.endswith(bytes(range(32)).hex())


@pytest.mark.parametrize(
    "bent",
    [
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda text: text[:-1] + "f",
        lambda text: text.upper(),
        lambda text: text.replace("report", "repor"),
        lambda text: text.replace("report", "reports"),
        lambda text: text.replace("report", "index"),
        lambda text: text.replace("report", "../report"),
        lambda text: text.replace("qmk_", "qmk__"),
        lambda text: text.replace("qmk_", ""),
        lambda text: f" {text}",
        lambda text: f"{text}\n",
        lambda text: text.replace("0", "\u0660", 1),
        lambda _: "qmk_",
        lambda _: "qmk_report_" + "x" * 100_000,
        lambda _: "",
    ],
)
def test_a_bent_key_is_refused(service: ApiKeyService, keys: ApiKeys, bent: Callable[[str], str]) -> None:
    """Whatever is not the text of a key, letter by letter, proves nothing."""
    made = service.create(REPORT, author="anna")
    assert refused(keys, bent(made.text))
    assert keys.recall(bent(made.text)) is None


def test_another_machines_secret_is_no_key(service: ApiKeyService, keys: ApiKeys) -> None:
    """The digest covers the name: a secret opens what it was made for."""
    service.create(REPORT, author="anna")
    other = service.create(NewKey(name="other", groups=("auditor",), scopes=("audit",)), author="anna")
    assert refused(keys, other.text.replace("other", "report"))


def test_a_key_ends(service: ApiKeyService, keys: ApiKeys, clock: Clock) -> None:
    """At its expiry to the second, from memory too: both clocks are ours."""
    text = service.create(NewKey(name="a", groups=("viewer",), scopes=("config",), days=1), author="anna").text
    clock.now += DAY_S - 1
    assert keys.verify(text)
    clock.now += 1
    assert keys.recall(text) is None
    assert refused(keys, text)


def test_rotation_keeps_the_former_for_a_day(service: ApiKeyService, keys: ApiKeys, clock: Clock) -> None:
    """Both are taken meanwhile, and never a third."""
    first = service.create(REPORT, author="anna").text
    second = service.rotate("report", author="anna").text
    clock.now += DAY_S - 1
    assert keys.verify(first)
    assert keys.verify(second)
    third = service.rotate("report", author="anna").text
    clock.now += CACHE_S
    assert [refused(keys, text) for text in (first, second, third)] == [True, False, False]
    clock.now += DAY_S
    assert [refused(keys, text) for text in (first, second, third)] == [True, True, False]


def test_rotation_without_grace_ends_the_former(service: ApiKeyService, keys: ApiKeys, clock: Clock) -> None:
    """For a secret that leaked."""
    first = service.create(REPORT, author="anna").text
    assert keys.verify(first)
    second = service.rotate("report", author="anna", grace_hours=0).text
    clock.now += MISS_S
    assert keys.verify(second)  # a key that is not known yet is looked for
    clock.now += CACHE_S
    assert refused(keys, first)


def test_grace_lengthens_no_secret(service: ApiKeyService, keys: ApiKeys, clock: Clock) -> None:
    """A secret that would have ended sooner does."""
    first = service.create(NewKey(name="a", groups=("viewer",), scopes=("config",), days=1), author="anna").text
    service.rotate("a", author="anna", grace_hours=168)
    clock.now += DAY_S
    assert refused(keys, first)


def test_a_revoked_key_ends_within_ten_seconds(service: ApiKeyService, keys: ApiKeys, clock: Clock) -> None:
    """Elsewhere after the cache's time, both of its secrets; it is listed no longer, and cannot be rotated."""
    texts = [service.create(REPORT, author="anna").text, service.rotate("report", author="anna").text]
    assert all(keys.verify(text) for text in texts)
    service.revoke("report", author="anna")
    clock.now += CACHE_S
    assert all(keys.recall(text) is None and refused(keys, text) for text in texts)
    assert service.list() == ()
    for late in (service.rotate, service.revoke):
        with pytest.raises(NotFoundError):
            late("report", author="anna")


def test_the_process_that_revokes_ends_a_key_at_once(store: DocumentKeyStore, clock: Clock) -> None:
    """It need not wait for its own cache."""
    keys = ApiKeys(store, clock=clock)
    service = ApiKeyService(store, clock=clock, random=bytes, changed=keys.forget)
    text = service.create(REPORT, author="anna").text
    assert keys.verify(text)
    service.revoke("report", author="anna")
    assert keys.recall(text) is None
    assert refused(keys, text)


def test_a_revoked_name_can_be_used_again(service: ApiKeyService, keys: ApiKeys) -> None:
    """With a new secret; the old one stays dead."""
    old = service.create(REPORT, author="anna").text
    service.revoke("report", author="anna")
    new = service.create(REPORT, author="anna").text
    assert keys.verify(new)
    assert refused(keys, old)


@pytest.mark.parametrize(
    ("asked", "pointers"),
    [
        (NewKey(name="", groups=("viewer",), scopes=("ask",)), ["/name"]),
        (NewKey(name="A_b", groups=("viewer",), scopes=("ask",)), ["/name"]),
        (NewKey(name="-a", groups=("viewer",), scopes=("ask",)), ["/name"]),
        (NewKey(name="a" * 41, groups=("viewer",), scopes=("ask",)), ["/name"]),
        (NewKey(name="a\n", groups=("viewer",), scopes=("ask",)), ["/name"]),
        (NewKey(name="a", groups=("access-admin",), scopes=("access",)), ["/groups/0"]),
        (NewKey(name="a", groups=("viewer", "king"), scopes=("ask", "all")), ["/groups/1", "/scopes/1"]),
        (NewKey(name="a", groups=(), scopes=()), ["/groups", "/scopes"]),
        (NewKey(name="a", groups=("viewer",), scopes=("ask",), days=0), ["/days"]),
        (NewKey(name="A", groups=("x",), scopes=("y",), days=367), ["/name", "/groups/0", "/scopes/0", "/days"]),
    ],
)
def test_a_wrong_wish_is_told_all_that_is_wrong(service: ApiKeyService, asked: NewKey, pointers: list[str]) -> None:
    """Every problem at once, with its place; no machine is an administrator."""
    with pytest.raises(InvalidError) as error:
        service.create(asked, author="anna")
    assert [problem.pointer for problem in error.value.problems] == pointers
    assert service.list() == ()


@pytest.mark.parametrize("wish", [{"days": 367}, {"days": -1}, {"grace_hours": 169}, {"grace_hours": float("nan")}])
def test_a_wrong_rotation_changes_nothing(service: ApiKeyService, keys: ApiKeys, wish: dict[str, Any]) -> None:
    text = service.create(REPORT, author="anna").text
    with pytest.raises(InvalidError):
        service.rotate("report", author="anna", **wish)
    assert keys.verify(text)


@pytest.mark.parametrize("name", ["none", "index", "../x", "", "A"])
def test_what_is_not_there_is_not_found(service: ApiKeyService, name: str) -> None:
    with pytest.raises((NotFoundError, InvalidError)):
        service.rotate(name, author="anna")


def test_a_taken_name_is_a_conflict(service: ApiKeyService) -> None:
    service.create(REPORT, author="anna")
    with pytest.raises(ConflictError):
        service.create(REPORT, author="anna")


def test_two_who_change_one_key_at_once_do_not_both(service: ApiKeyService, store: DocumentKeyStore) -> None:
    """Compare and set: the second learns that it came late, and the list of names stays true."""
    key = service.create(REPORT, author="anna").key
    service.rotate("report", author="anna")
    with pytest.raises(ConflictError):
        store.put(key, author="adam", message="late")
    assert [one.name for one in service.list()] == ["report"]


def test_keys_are_versions_like_any_document(service: ApiKeyService, documents: SqliteConfigStore) -> None:
    """Who made, rotated and revoked one stays readable."""
    service.create(REPORT, author="anna")
    service.rotate("report", author="adam")
    service.revoke("report", author="anna")
    history = documents.history("key/report", "base", before=None, limit=9)
    assert [(one.number, one.author) for one in history] == [(3, "anna"), (2, "adam"), (1, "anna")]
    assert {change.key for change in documents.changes(after=START, limit=9).items} == {"key/report", "key/index"}


def test_keys_are_bounded(service: ApiKeyService) -> None:
    """So that all can be read at once; a revoked one makes room."""
    for n in range(MAX_KEYS):
        service.create(NewKey(name=f"m{n}", groups=("viewer",), scopes=("config",)), author="anna")
    one_more = NewKey(name="more", groups=("viewer",), scopes=("config",))
    with pytest.raises(InvalidError):
        service.create(one_more, author="anna")
    service.revoke("m7", author="anna")
    service.create(one_more, author="anna")
    assert len(service.list()) == MAX_KEYS


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"secrets": "all"},
        {"secrets": [{"sha256": 7}], "groups": [], "scopes": [], "created_by": "x", "created_at": 0},
        {"secrets": [], "groups": None, "scopes": [], "created_by": "x", "created_at": 0, "revoked_at": None},
    ],
)
def test_a_document_of_another_shape_is_nobodys_key(
    documents: SqliteConfigStore, service: ApiKeyService, keys: ApiKeys, content: Content
) -> None:
    """It opens nothing, hides no other key, and can be revoked."""
    made = service.create(REPORT, author="anna")
    service.create(NewKey(name="odd", groups=("viewer",), scopes=("config",)), author="anna")
    documents.append([Draft(key="key/odd", layer="base", content=content, author="x", message="x", expected=1)])
    assert keys.verify(made.text)
    assert refused(keys, "qmk_odd_" + "0" * 63 + "2")
    service.revoke("odd", author="anna")


def test_groups_beyond_a_machines_give_nothing(
    documents: SqliteConfigStore, service: ApiKeyService, keys: ApiKeys
) -> None:
    """Whatever a document says, a key makes no administrator and takes no scope that does not exist."""
    text = service.create(REPORT, author="anna").text
    content = documents.heads([("key/report", "base")])[0].content
    grown = content | {"groups": ["access-admin", "viewer", "king"], "scopes": ["ask", "all"]}
    documents.append([Draft(key="key/report", layer="base", content=grown, author="x", message="x", expected=1)])
    claims = keys.verify(text)
    assert (claims.groups, claims.scopes) == ({"viewer"}, {"ask"})


class Nobody:
    """`Credentials` that prove nobody."""

    def verify(self, token: str) -> Claims:
        raise UnauthenticatedError("no")

    def recall(self, token: str) -> None:
        return None


def test_the_key_itself_never_travels(service: ApiKeyService, keys: ApiKeys, decisions: Decisions) -> None:
    """A tool in this process gets no token, a remote one a delegation; where keys are not taken one is refused."""
    text = service.create(REPORT, author="anna").text
    sign_in = SignIn(ByForm(people=Nobody(), machines=keys), "default", decisions=decisions)
    caller = sign_in.identify(f"Bearer {text}", client="").caller(None)
    assert (caller.token, caller.principal.persona, caller.principal.scopes) == ("", "warehouse_manager", {"ask"})
    with pytest.raises(ForbiddenError):
        sign_in.identify(f"Bearer {text}", client="").caller("field_engineer")
    with pytest.raises(UnauthenticatedError):
        SignIn(ByForm(people=Nobody()), "default", decisions=decisions).identify(f"Bearer {text}", client="")
