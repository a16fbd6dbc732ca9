"""What the API answers, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from agents.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.json_value import Json

Fields: TypeAlias = "Mapping[str, Any]"  # of a JSON object, as it came


@dataclass(frozen=True, kw_only=True)
class Document:
    """A version of a layer. `warnings` are what its author should know, after a publish."""

    key: str
    layer: str
    number: int
    digest: str
    parent: str
    author: str
    message: str
    created_at: datetime
    content: Mapping[str, Json]
    warnings: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, fields: Fields) -> Document:
        """From the API's JSON."""
        known = {name: fields[name] for name in ("key", "layer", "number", "digest", "parent", "author", "message")}
        return cls(
            **known,
            created_at=time_of(fields["created_at"]),
            content=fields["content"],
            warnings=problems(fields.get("warnings", ())),
        )


@dataclass(frozen=True, kw_only=True)
class Effective:
    """What runs: the layers of a document as one, named by its digest."""

    key: str
    digest: str
    versions: Mapping[str, int]
    content: Mapping[str, Json]

    @classmethod
    def read(cls, fields: Fields) -> Effective:
        """From the API's JSON."""
        return cls(**{name: fields[name] for name in ("key", "digest", "versions", "content")})


@dataclass(frozen=True, kw_only=True)
class Change:
    """A new version, or a label that moved when `label` is there. Go on from `cursor`."""

    cursor: str
    key: str
    layer: str
    number: int
    at: datetime
    label: str = ""

    @classmethod
    def read(cls, fields: Fields) -> Change:
        """From the API's JSON."""
        return cls(
            cursor=fields["cursor"],
            key=fields["key"],
            layer=fields["layer"],
            number=fields["number"],
            at=time_of(fields["at"]),
            label=fields.get("label", ""),
        )


@dataclass(frozen=True, kw_only=True)
class Changes:
    """A page of changes, and the cursor to go on from."""

    items: tuple[Change, ...]
    cursor: str

    @classmethod
    def read(cls, fields: Fields) -> Changes:
        """From the API's JSON."""
        return cls(items=tuple(Change.read(one) for one in fields["changes"]), cursor=fields["cursor"])


@dataclass(frozen=True, kw_only=True)
class Ack:
    """What an instance says of a document that it runs; `status` is `applied`, `rejected`, `draining` or `gone`."""

    instance: str
    key: str
    digest: str
    versions: Mapping[str, int]
    cursor: str
    status: str
    at: datetime
    running: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, Json]:
        """As the API takes it."""
        return {**vars(self), "versions": dict(self.versions), "at": self.at.isoformat()}


@dataclass(frozen=True, kw_only=True)
class Instance:
    """What an instance runs of a document, beside what it should; `standing` sums that up."""

    instance: str
    key: str
    standing: str
    desired: str
    digest: str
    running: str
    reason: str
    lag_ms: int | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All instances. `converged`: each that lives runs what it should; `stale` are those that were not heard of."""

    converged: bool
    stale: tuple[str, ...]
    instances: tuple[Instance, ...]
    waits_for: tuple[str, ...] = ()  # a line for each that keeps it from having converged

    @classmethod
    def read(cls, fields: Fields) -> Standing:
        """From the API's JSON."""
        names = tuple(Instance.__dataclass_fields__)
        return cls(
            converged=fields["converged"],
            stale=tuple(fields["stale"]),
            waits_for=tuple(fields.get("waits_for", ())),
            instances=tuple(Instance(**{name: one[name] for name in names}) for one in fields["instances"]),
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer to a question; `fields` is all that the API says of it."""

    text: str
    agent: str
    partial: bool
    conversation_id: str
    config_version: str
    fields: Fields = field(repr=False)

    @classmethod
    def read(cls, fields: Fields) -> Answer:
        """From the API's JSON."""
        return cls(
            text=fields["answer"],
            agent=fields["agent"],
            partial=fields["partial"],
            conversation_id=fields["conversation_id"],
            config_version=fields["config_version"],
            fields=fields,
        )


def problems(listed: Any) -> tuple[Problem, ...]:  # noqa: ANN401 - what came
    """Problems of an answer; what is none is left out."""
    names = tuple(Problem.__dataclass_fields__)
    return tuple(
        Problem(**{name: str(one[name]) for name in names if name in one})
        for one in (listed if isinstance(listed, (list, tuple)) else ())
        if isinstance(one, dict) and {"code", "message"} <= one.keys()
    )


def time_of(text: str) -> datetime:
    """A time of the API's."""
    return datetime.fromisoformat(text)
