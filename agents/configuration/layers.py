"""From the layers of a document to what an agent runs: a pure merge, base first. docs/layers.md has the rules."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agents.configuration.documents import digest
from agents.configuration.marks import Merging
from agents.errors import InvalidError, NotFoundError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agents.configuration.documents import Address, Content, Version
    from agents.configuration.ports import ConfigStore
    from agents.json_value import Json


@dataclass(frozen=True, kw_only=True)
class Effective:
    """What an agent runs: named by the digest of the merged content."""

    key: str
    digest: str
    versions: Mapping[str, int]  # `key@layer` -> number
    content: Content

    def as_json(self) -> dict[str, Json]:
        """In JSON's types, as the API and the command line show it."""
        return {"key": self.key, "digest": self.digest, "versions": {**self.versions}, "content": self.content}


def addresses(name: str, environment: str, instance: str | None = None) -> tuple[Address, ...]:
    """The addresses of an agent, in the order they are merged; of one instance when it is named."""
    layers = ("base", f"env:{environment}")
    shared = tuple((f"agent/{agent}", layer) for agent in ("defaults", name) for layer in layers)
    return (*shared, (f"agent/{name}", f"instance:{instance}")) if instance is not None else shared


def layers_of(key: str, environment: str, instance: str | None = None) -> tuple[Address, ...]:
    """The addresses that make what runs of a document, lowest first; `instance` counts for agents only."""
    kind, _, name = key.partition("/")
    if kind != "agent":
        return (key, "base"), (key, f"env:{environment}")
    return tuple(dict.fromkeys(addresses(name, environment, instance)))  # of the defaults once


def merge(lower: Content, upper: Content, *, where: str = "") -> Content:
    """Both maps as one: maps merge deeply, anything else of `upper` replaces, marks say otherwise. Inputs stay.

    `lower` is merged content, which has no marks, and so is the result. Raises InvalidError with every mark that
    cannot be followed, its pointer in `upper` and `where`.
    """
    merging = Merging()
    try:
        # Around both, so that a mark in place of the whole document is one like any other.
        merged = merging.maps({"": lower}, {"": upper}, ())[""]
    except RecursionError as error:
        raise InvalidError("the document nests too deep", fix="Flatten it.") from error
    problems = tuple(
        dataclasses.replace(problem, pointer=problem.pointer.removeprefix("/"), where=where)
        for problem in merging.problems
    )
    if problems:
        raise _misuse(problems)
    if not isinstance(merged, dict):
        raise _misuse((Problem(code="invalid", message="$replace is not a map here", where=where, fix="Write names."),))
    return merged


def effective(key: str, layers: Iterable[Version | None]) -> Effective:
    """The effective configuration of `key` from its layers, lowest first; None where a layer is empty.

    Raises NotFoundError when every layer is, InvalidError when a layer has marks that cannot be followed.
    """
    present = [version for version in layers if version is not None]
    if not present:
        raise NotFoundError(f"there is no document {key}", fix="Publish one, or check the name.")
    content: Content = {}
    for version in present:
        content = merge(content, version.content, where=address(version))
    return Effective(
        key=key,
        digest=digest(content),
        versions={address(version): version.number for version in present},
        content=content,
    )


def address(version: Version) -> str:
    """`key@layer`, by which answers and problems name a layer."""
    return f"{version.key}@{version.layer}"


def resolve(
    store: ConfigStore, names: Sequence[str], environment: str, *, instance: str | None = None
) -> dict[str, Effective]:
    """The effective configuration of each named agent, from one consistent read of the heads."""
    wanted = [pair for name in names for pair in addresses(name, environment, instance)]
    unique = list(dict.fromkeys(wanted))
    heads = dict(zip(unique, store.heads(unique), strict=True))
    return {
        name: effective(f"agent/{name}", [heads[pair] for pair in addresses(name, environment, instance)])
        for name in names
    }


def _misuse(problems: tuple[Problem, ...]) -> InvalidError:
    listed = "; ".join(f"{problem.where}{problem.pointer or '/'}: {problem.message}" for problem in problems)
    return InvalidError(f"the layers do not merge: {listed}", fix=problems[0].fix, problems=problems)
