"""What access needs from outside: keys to verify tokens, attributes of people, an engine for SQL, an audit's stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agents.access.chain import Record
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


KEEP_DAYS: Final = 400  # a record of the audit is gone this long after it was written, unless set otherwise
MAX_RECORDS: Final = 100  # of one append


@dataclass(frozen=True)
class Entry:
    """A record as a store holds it: its key, and a text that may no longer be the one that was written."""

    id: str
    text: str


class AuditLog(Protocol):
    """The records of one tenant; nothing here changes or removes one. Raises UnavailableError and SetupError."""

    def append(self, records: Sequence[Record]) -> None:
        """Adds up to 100 records, all or none, durable when it returns."""

    def read(self, *, after: str, limit: int) -> tuple[Entry, ...]:
        """The records whose ids come after `after` ("" for all), oldest first.

        Writers work side by side, so that a record may appear a moment after one with a later id.
        """


class AnchorStore(Protocol):
    """The anchors of one tenant, numbered from 1; none is ever changed. Raises UnavailableError and SetupError."""

    def put(self, number: int, content: bytes) -> None:
        """Adds an anchor, durable when it returns. Raises ConflictError when the number is taken."""

    def last(self) -> int:
        """The highest number, 0 when there is none."""

    def numbers(self, *, after: int, limit: int) -> tuple[int, ...]:
        """The numbers above `after` that are there, lowest first."""

    def read(self, number: int) -> bytes:
        """An anchor; raises NotFoundError."""
