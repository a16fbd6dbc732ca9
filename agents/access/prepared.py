"""A statement made ready to send: rewritten for its asker, and proven safe by a second look."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeAlias

from agents.access.rewrite import rewrite
from agents.access.verify import verify

if TYPE_CHECKING:
    from agents.access.catalogue import Catalogue
    from agents.access.policy import Policy
    from agents.access.principal import Principal
    from agents.access.rewrite import Rewritten

MOST: Final = 512
MOST_CHARACTERS: Final = 4_000_000  # of statements, before and after
_LARGEST: Final = 200_000  # one that is longer is not worth the others that it would push out
_Key: TypeAlias = tuple[str, str | None, tuple[tuple[str, tuple[str, ...]], ...], str]


class Preparer:
    """Rewrites and verifies statements over one catalogue, in one dialect, and remembers the last ones.

    What comes out depends on the text, the persona, the attributes and the policy, and on nothing else of the asker;
    all of them are the key, so a change of any is another statement. Refusals are not remembered. Threads may share it;
    `catalogue` must not change.
    """

    def __init__(self, catalogue: Catalogue, dialect: str) -> None:
        self._catalogue = catalogue
        self._dialect = dialect
        self._lock = Lock()
        self._ready: OrderedDict[_Key, Rewritten] = OrderedDict()  # the one used last is the last
        self._characters = 0

    def prepare(self, sql: str, principal: Principal, policy: Policy) -> Rewritten:
        """What to send for `sql`; raises InvalidError and ForbiddenError as `rewrite` and `verify` do."""
        attributes = tuple(sorted((name, tuple(values)) for name, values in principal.attributes.items()))
        key = (sql, principal.persona, attributes, policy.digest)
        with self._lock:
            if ready := self._ready.get(key):
                self._ready.move_to_end(key)
                return ready
        safe = rewrite(sql, principal, self._catalogue, policy, self._dialect)
        verify(safe.statement, principal, self._catalogue, policy, self._dialect)
        self._remember(key, safe)
        return safe

    def _remember(self, key: _Key, safe: Rewritten) -> None:
        size = _size(key, safe)
        if size > _LARGEST:
            return
        with self._lock:
            if key in self._ready:
                return
            self._ready[key] = safe
            self._characters += size
            while len(self._ready) > MOST or self._characters > MOST_CHARACTERS:
                dropped, old = self._ready.popitem(last=False)
                self._characters -= _size(dropped, old)


def _size(key: _Key, safe: Rewritten) -> int:
    return len(key[0]) + len(safe.statement)
