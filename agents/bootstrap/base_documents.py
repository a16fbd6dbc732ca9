"""The base documents of a stack: a folder of `<kind>/<name>.toml`, `.yaml` or `.json`, checked whole, then stored."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Final

from agents.access.policy_document import KEY as POLICY
from agents.access.policy_document import parse_policy
from agents.bootstrap.common import now
from agents.configuration.deployed import Context
from agents.configuration.documents import MAX_DOCUMENT_BYTES, Draft, check_address, check_draft, digest
from agents.configuration.formats import format_of, parse
from agents.configuration.kinds import check_document
from agents.configuration.layers import merge
from agents.configuration.models import KEY as MODELS
from agents.configuration.problems import errors
from agents.errors import InvalidError, Problem, QuartermasterError
from agents.supply_chain import document
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from agents.configuration.documents import Content
    from agents.configuration.formats import Parsed
    from agents.configuration.ports import ConfigStore
    from agents.runtime.registry import Registry

DEFAULTS: Final = "agent/defaults"


def read_documents(folder: Path, registry: Registry) -> dict[str, Content]:
    """The documents of a folder by key, `agent/inventory` of `agent/inventory.toml`.

    A folder that names no agent at all is no mistake: what is not in it is taken from the plugins. Raises InvalidError
    with every problem and its place: a name that is no key, a file that does not parse, an agent that would not run, a
    policy that grants what there is not.
    """
    if not folder.is_dir():
        raise InvalidError(f"there is no folder {folder}", fix="Name a folder of base documents, or none.")
    found: dict[str, Parsed] = {}
    problems: list[Problem] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        where = path.relative_to(folder).as_posix()
        try:
            key, parsed = _read(path, where)
            if key in found:
                raise InvalidError(f"{found[key].where} is the same document")
            found[key] = parsed
        except QuartermasterError as error:
            own = error.problems or (Problem(code=error.code, message=error.message, fix=error.fix),)
            problems += [dataclasses.replace(one, where=one.where or where) for one in own]
    problems += _problems(found, registry)
    if problems:
        listed = "; ".join(f"{' '.join(filter(None, (one.where, one.pointer)))}: {one.message}" for one in problems)
        raise InvalidError(f"{folder} holds documents that cannot be used: {listed}", problems=tuple(problems))
    return {key: parsed.content for key, parsed in found.items()}


def shipped_documents(registry: Registry) -> dict[str, Content]:
    """The base documents that ship, by key: the agents' with their defaults, the access policy, the models."""
    agents = {f"agent/{agent.name}": agent.defaults for agent in registry.agents.values()}
    shared = {key: document(key.partition("/")[2], kind=key.partition("/")[0]) for key in (POLICY, MODELS)}
    return {DEFAULTS: document("defaults"), **agents, **shared}


def publish_documents(store: ConfigStore, contents: Mapping[str, Content]) -> int:
    """Makes the base layers those of `contents`; returns how many had to change. What is not in it stays as it is.

    The base layer belongs to the stack, so a folder that changed is a new version of it; what operators publish lies
    in layers above. Raises ConflictError when somebody publishes the same at this moment.
    """
    heads = store.heads([(key, "base") for key in contents])
    drafts = [
        Draft(
            key=key,
            layer="base",
            content=content,
            author="quartermaster",
            message="The base document of the stack",
            expected=head.number if head else 0,
        )
        for (key, content), head in zip(contents.items(), heads, strict=True)
        if head is None or head.digest != digest(content)
    ]
    if drafts:
        store.append(drafts)
    return len(drafts)


def _read(path: Path, where: str) -> tuple[str, Parsed]:
    """Key and content of one file; raises InvalidError."""
    form = format_of(path.name)
    key = where.removesuffix(path.suffix)
    check_address(key, "base")
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise InvalidError(f"has more than {MAX_DOCUMENT_BYTES:,} bytes", fix="Keep data out of configuration.")
    parsed = parse(path.read_bytes(), form, where=where)
    check_draft(Draft(key=key, layer="base", content=parsed.content, author="", message="", expected=0))
    return key, parsed


def _problems(found: Mapping[str, Parsed], registry: Registry) -> Iterator[Problem]:
    """What keeps a document from being used with base layers alone, in the file that says it."""
    contents = shipped_documents(registry) | {key: parsed.content for key, parsed in found.items()}

    def merged(key: str) -> Content | None:
        if key.startswith("agent/") and key != DEFAULTS and key in contents:
            return merge(contents[DEFAULTS], contents[key], where=key)
        return contents.get(key)

    context = Context(
        agents=registry.agents,
        tools=registry.tools,
        documents=merged,
        today=now().date(),
        checks={
            POLICY: lambda content: parse_policy(
                content, catalogue=CATALOGUE, agents=registry.agents, tools=registry.tools
            )
        },
    )
    told: set[Problem] = set()
    for key in dict.fromkeys((*found, *(contents if DEFAULTS in found else ()))):
        try:
            wrong = errors(check_document(key, merged(key) or {}, context))
        except InvalidError as error:  # a mark of a merge
            wrong = error.problems or (Problem(code=error.code, message=error.message),)
        # What the agent's own file does not say comes from the defaults.
        for one in wrong:
            place = _place(one.pointer, found.get(key), found.get(DEFAULTS))
            if (problem := dataclasses.replace(one, where=place)) not in told:
                told.add(problem)
                yield problem


def _place(pointer: str, own: Parsed | None, defaults: Parsed | None) -> str:
    """File, line and column of what a pointer names, or of what it lies in."""
    for parsed in filter(None, (own, defaults)):
        if pointer in parsed.positions:
            return parsed.place(pointer)
    return own.where if own else defaults.where if defaults else ""
