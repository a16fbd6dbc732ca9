"""Makes, rotates and revokes the keys of machines.

Whoever holds `access-admin` may give a machine any persona and any role but `access-admin`: an administrator could
add a person of such groups as well, so a key gives away nothing more; and as no machine is an administrator, no key
makes keys.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from agents.access.api_keys import GRANTABLE, NAME, PREFIX, ApiKey, KeySecret, digest_of
from agents.contract import SCOPES
from agents.errors import ConflictError, InvalidError, NotFoundError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agents.access.api_keys import KeyStore

DAY_S: Final = 86_400
DEFAULT_DAYS: Final = 90
MAX_DAYS: Final = 366
DEFAULT_GRACE_HOURS: Final = 24.0
MAX_GRACE_HOURS: Final = 7 * 24.0
SECRET_BYTES: Final = 32
_ATTEMPTS: Final = 5


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key as it is asked for: `groups` are personas and roles, `scopes` what it may be used for."""

    name: str
    groups: tuple[str, ...]
    scopes: tuple[str, ...]
    days: int = DEFAULT_DAYS


@dataclass(frozen=True)
class MadeKey:
    """A key with its text, which is shown once and kept nowhere."""

    key: ApiKey
    text: str = field(repr=False)


class ApiKeyService:
    """`clock` gives epoch seconds, `random` so many bytes of randomness that nobody else has.

    `changed` is called after each change, so that this process takes it into account at once.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        clock: Callable[[], float],
        random: Callable[[int], bytes],
        changed: Callable[[], object] = lambda: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._random = random
        self._changed = changed

    def list(self) -> tuple[ApiKey, ...]:
        """Every key that was not revoked, by name."""
        return tuple(key for _, key in sorted(self._store.live().items()))

    def create(self, asked: NewKey, *, author: str) -> MadeKey:
        """A new key; raises InvalidError with every problem, and ConflictError when the name is taken.

        A name that was revoked may be used again, and is then a machine of the same name in the audit.
        """
        problems = (
            *_name_problems(asked.name),
            *_set_problems("groups", asked.groups, GRANTABLE),
            *_set_problems("scopes", asked.scopes, SCOPES),
            *_day_problems(asked.days),
        )
        _refuse(problems)
        former = self._store.find(asked.name)
        if former is not None and former.revoked_at is None:
            raise ConflictError(f"there is a key {asked.name!r} already", fix="Rotate it, or take another name.")
        text, secret = self._secret(asked.name, asked.days)
        key = ApiKey(
            name=asked.name,
            groups=frozenset(asked.groups),
            scopes=frozenset(asked.scopes),
            secrets=(secret,),
            created_by=author,
            created_at=self._clock(),
            number=former.number if former else 0,
        )
        return MadeKey(self._put(key, author, "Create the key"), text)

    def rotate(
        self, name: str, *, author: str, days: int = DEFAULT_DAYS, grace_hours: float = DEFAULT_GRACE_HOURS
    ) -> MadeKey:
        """A new secret; the one before ends after the time of grace, if it does not end sooner, any other at once."""
        _refuse((*_day_problems(days), *_grace_problems(grace_hours)))
        key = self._live(name)
        text, secret = self._secret(name, days)
        ends = self._clock() + grace_hours * 3600
        former = [replace(one, expires_at=min(one.expires_at, ends)) for one in key.secrets[:1]]
        kept = [one for one in former if one.expires_at > self._clock()]
        return MadeKey(self._put(replace(key, secrets=(secret, *kept)), author, "Rotate the key"), text)

    def revoke(self, name: str, *, author: str) -> None:
        """Ends a key, whoever changes it meanwhile: here at once, elsewhere within ten seconds.

        Raises NotFoundError when there is none.
        """
        for left in reversed(range(_ATTEMPTS)):
            with contextlib.suppress(ConflictError) if left else contextlib.nullcontext():
                self._put(replace(self._live(name), secrets=(), revoked_at=self._clock()), author, "Revoke the key")
                return

    def _live(self, name: str) -> ApiKey:
        key = None if _name_problems(name) else self._store.find(name)
        if key is None or key.revoked_at is not None:
            raise NotFoundError("there is no such key", fix="List them.")
        return key

    def _secret(self, name: str, days: int) -> tuple[str, KeySecret]:
        text = f"{PREFIX}{name}_{self._random(SECRET_BYTES).hex()}"
        return text, KeySecret(digest_of(text), self._clock() + days * DAY_S)

    def _put(self, key: ApiKey, author: str, message: str) -> ApiKey:
        stored = self._store.put(key, author=author, message=message)
        self._changed()
        return stored


def _refuse(problems: tuple[Problem, ...]) -> None:
    if problems:
        listed = "; ".join(f"{problem.pointer}: {problem.message}" for problem in problems)
        raise InvalidError(f"the key is not valid: {listed}", problems=problems)


def _name_problems(name: str) -> tuple[Problem, ...]:
    if NAME.fullmatch(name):
        return ()
    fix = "Write 1 to 40 of a-z, 0-9 and '-', with no '-' at an end."
    return (Problem(code="invalid", message="this is no name of a key", pointer="/name", fix=fix),)


def _set_problems(field_: str, given: tuple[str, ...], known: Iterable[str]) -> tuple[Problem, ...]:
    fix = f"Name some of {', '.join(sorted(known))}."
    if not given:
        return (Problem(code="invalid", message="there is none", pointer=f"/{field_}", fix=fix),)
    return tuple(
        Problem(code="invalid", message=f"a machine has no {one[:64]!r}", pointer=f"/{field_}/{index}", fix=fix)
        for index, one in enumerate(given)
        if one not in known
    )


def _day_problems(days: int) -> tuple[Problem, ...]:
    if 1 <= days <= MAX_DAYS:
        return ()
    return (Problem(code="invalid", message=f"a key lasts 1 to {MAX_DAYS} days", pointer="/days"),)


def _grace_problems(hours: float) -> tuple[Problem, ...]:
    if 0 <= hours <= MAX_GRACE_HOURS:
        return ()
    return (Problem(code="invalid", message=f"0 to {MAX_GRACE_HOURS:g} hours of grace", pointer="/grace_hours"),)
