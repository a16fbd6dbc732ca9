"""Taking back: which version `previous` is, what a rollback stored before, and which labels it leaves behind.

Content that returns takes back what came between. So a second rollback goes on to what was there before the first
mistake, and never to the mistake itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.configuration.documents import Draft
from agents.configuration.problems import warning
from agents.configuration.stores import version
from agents.errors import ConflictError, InvalidError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from agents.configuration.documents import Appended, Version
    from agents.configuration.ports import ConfigStore
    from agents.errors import Problem

MOST: Final = 100  # versions that are looked through, newest first
_PAGE: Final = 25


def previous(store: ConfigStore, key: str, layer: str, *, head: int | None = None) -> Version:
    """The last version before the head that says something else and was not taken back; raises NotFoundError.

    `head` is the number that counts as the newest, for who decided on what was there then.
    """
    versions = list(_newest_first(store, key, layer, head))
    places: dict[str, list[int]] = {}
    for place, one in enumerate(versions):
        places.setdefault(one.digest, []).append(place)
    taken_back = {place for same in places.values() for place in range(same[0] + 1, same[-1])}
    for place, one in enumerate(versions):
        if place not in taken_back and one.digest != versions[0].digest:
            return one
    fix = "What came before was taken back, or says the same: name a number of its history."
    raise NotFoundError(f"{key} ({layer}) has no previous version", fix=fix)


def returned_to(store: ConfigStore, of: Version) -> int:
    """The number of the version whose content a version has again, its own when nothing before it had."""
    before = _newest_first(store, of.key, of.layer, of.number - 1)
    return next((one.number for one in before if one.digest == of.digest), of.number)


def left_behind(store: ConfigStore, to: Version, *, head: int, labels: Collection[str]) -> tuple[Problem, ...]:
    """Those of the labels that name what a rollback of the head to a version takes back: labels move by hand only."""
    named = store.labels(to.key, to.layer)
    found = []
    for label in sorted(named.keys() & set(labels)):
        number = named[label]
        if to.number < number <= head and version(store, to.key, to.layer, number).digest != to.digest:
            message = f"the label {label!r} still names version {number} of {to.key} ({to.layer}), which is taken back"
            fix = f"Move it: qm config label {to.key} {label} {head + 1} --layer {to.layer}."
            found.append(warning(message, fix=fix))
    return tuple(found)


def stored_before(  # noqa: PLR0913 - what a rollback was asked by
    store: ConfigStore, key: str, layer: str, *, author: str, expected: int | None, idempotency_key: str
) -> tuple[Draft, Appended] | None:
    """What a rollback of this key stored, and the draft that it was, whatever its words would mean by now.

    It is the version that came after the expected one; when any was expected (None), one of its author's newest. The
    store is asked for each as if it were sent again, which cannot store it twice: it comes after a head that is gone.
    """
    before = None if expected is None else expected + 2
    for one in store.history(key, layer, before=before, limit=MOST if expected is None else 1):
        if one.author != author or (expected is not None and one.number != expected + 1):
            continue
        again = Draft(
            key=key, layer=layer, content=one.content, author=author, message=one.message, expected=one.number - 1
        )
        try:
            return again, store.append([again], idempotency_key=idempotency_key)
        except ConflictError:  # so nothing is known of the idempotency key
            return None
        except InvalidError:  # it is known, and this is not what it stored
            continue
    return None


def _newest_first(store: ConfigStore, key: str, layer: str, head: int | None) -> Iterator[Version]:
    """Up to `MOST` versions that are not newer than `head`."""
    before = None if head is None else head + 1
    for _ in range(MOST // _PAGE):
        page = store.history(key, layer, before=before, limit=_PAGE)
        yield from page
        if len(page) < _PAGE:
            return
        before = page[-1].number
