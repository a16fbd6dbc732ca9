"""What access needs from outside: keys to verify tokens, attributes of people, an engine for SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.access.principal import Caller
    from agents.deadline import Deadline

Cell: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Rows:
    """A result in JSON's types: dates as ISO text, decimals as text with their scale."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    truncated: bool = False


class Engine(Protocol):
    """Runs a statement that the gateway has already rewritten and verified.

    `data_version` changes whenever the data does; None when that cannot be told, and then no result is kept.

    `dialect` is sqlglot's name for the engine's SQL (`duckdb`, `athena`). Raises DeadlineError when the time is
    up (the query is cancelled) and UnavailableError for every engine failure; an engine's text stays in the log.
    """

    @property
    def dialect(self) -> str: ...

    def data_version(self) -> str | None: ...

    def execute(self, statement: str, *, max_rows: int, deadline: Deadline) -> Rows: ...


class Gateway(Protocol):
    """The only way to the data: one SELECT in, the rows that the caller may see out.

    Raises InvalidError for SQL that is not one legal SELECT, ForbiddenError for what the policy does not grant.
    """

    @property
    def dialect(self) -> str: ...

    def query(self, statement: str, caller: Caller, *, deadline: Deadline) -> Rows: ...


class KeySource(Protocol):
    """The public keys of a token issuer, as JWKs. Raises UnavailableError."""

    def fetch(self) -> Sequence[Mapping[str, str]]: ...


class AttributeSource(Protocol):
    """What the server's own tables say of a person: `{"warehouses": (...), "territories": (...)}`."""

    def attributes(self, subject: str, *, deadline: Deadline) -> Mapping[str, tuple[str, ...]]: ...


class Signer(Protocol):
    """A key pair of ECDSA over P-256 with SHA-256: `key_id` names it, signatures are 64 bytes, r and s.

    Raises UnavailableError and SetupError.
    """

    @property
    def key_id(self) -> str: ...

    def sign(self, data: bytes) -> bytes: ...

    def public_key(self) -> bytes:
        """The public half as PEM (SubjectPublicKeyInfo)."""
