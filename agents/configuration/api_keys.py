"""Keys of machines as documents: `key/<name>`, versioned and compared like any other.

`key/index` lists the names that were not revoked, so that all are read at once; no key can be called `index`. A
document holds digests of secrets, never a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from agents.access.api_keys import ApiKey, KeySecret
from agents.configuration.documents import Draft
from agents.errors import ConflictError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.configuration.documents import Content, Version
    from agents.configuration.ports import ConfigStore

KIND: Final = "key"
LAYER: Final = "base"
MAX_KEYS: Final = 90
_INDEX: Final = "index"
_ATTEMPTS: Final = 5


class DocumentKeyStore:
    """A `KeyStore` over the documents of a configuration store."""

    def __init__(self, store: ConfigStore) -> None:
        self._store = store

    def live(self) -> Mapping[str, ApiKey]:
        names = _names(self._head(_INDEX))
        found = self._store.heads([_address(name) for name in names]) if names else ()
        keys = (_key(version) for version in found if version is not None)
        return {key.name: key for key in keys if key.revoked_at is None}

    def find(self, name: str) -> ApiKey | None:
        _check_name(name)
        version = self._head(name)
        return _key(version) if version else None

    def put(self, key: ApiKey, *, author: str, message: str) -> ApiKey:
        _check_name(key.name)
        draft = Draft(
            key=f"{KIND}/{key.name}",
            layer=LAYER,
            content=_content(key),
            author=author,
            message=message,
            expected=key.number,
        )
        for _ in range(_ATTEMPTS):
            index = self._head(_INDEX)
            names = _names(index)
            wanted = names - {key.name} if key.revoked_at is not None else names | {key.name}
            if len(wanted) > MAX_KEYS:
                raise InvalidError(f"there are {MAX_KEYS} keys already", fix="Revoke those that nobody uses.")
            if wanted == names:
                return _key(self._store.append([draft]).versions[0])
            listed = Draft(
                key=f"{KIND}/{_INDEX}",
                layer=LAYER,
                content={"names": [*sorted(wanted)]},
                author=author,
                message=message,
                expected=index.number if index else 0,
            )
            try:
                return _key(self._store.append([draft, listed]).versions[0])
            except ConflictError:
                head = self._head(key.name)
                if (head.number if head else 0) != key.number:
                    raise  # it is this key that somebody else changed, not only the list
        raise UnavailableError("too many keys change at once", fix="Try again in a moment.")

    def _head(self, name: str) -> Version | None:
        return self._store.heads([_address(name)])[0]


def _address(name: str) -> tuple[str, str]:
    return f"{KIND}/{name}", LAYER


def _check_name(name: str) -> None:
    if name == _INDEX:
        raise InvalidError(f"no key can be called {_INDEX!r}", fix="Take another name.")


def _names(index: Version | None) -> set[str]:
    names = index.content.get("names") if index else []
    return {name for name in names if isinstance(name, str)} if isinstance(names, list) else set()


def _content(key: ApiKey) -> Content:
    return {
        "groups": [*sorted(key.groups)],
        "scopes": [*sorted(key.scopes)],
        "secrets": [{"sha256": secret.digest, "expires_at": secret.expires_at} for secret in key.secrets],
        "created_by": key.created_by,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def _key(version: Version) -> ApiKey:
    """The key of a document. We alone write them, so one of another shape is one that nobody may use: no secrets."""
    name, content = version.key.partition("/")[2], version.content
    try:
        secrets = tuple(
            KeySecret(str(one["sha256"]), float(one["expires_at"]))  # type: ignore[call-overload,index,arg-type]  # refused below
            for one in content["secrets"]  # type: ignore[union-attr]  # the same
        )
        revoked_at = content["revoked_at"]
        return ApiKey(
            name=name,
            groups=frozenset(map(str, content["groups"])),  # type: ignore[arg-type]  # the same
            scopes=frozenset(map(str, content["scopes"])),  # type: ignore[arg-type]  # the same
            secrets=secrets,
            created_by=str(content["created_by"]),
            created_at=float(content["created_at"]),  # type: ignore[arg-type]  # the same
            revoked_at=None if revoked_at is None else float(revoked_at),  # type: ignore[arg-type]  # the same
            number=version.number,
        )
    except (KeyError, TypeError, ValueError):
        return ApiKey(
            name=name,
            groups=frozenset(),
            scopes=frozenset(),
            secrets=(),
            created_by=version.author,
            created_at=0,
            number=version.number,
        )
