"""The base documents of a stack: a folder of `<kind>/<name>.toml` or `.json`, checked whole before any is stored."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Final

from agents.access.policy_document import KEY as POLICY
from agents.access.policy_document import parse_policy
from agents.configuration.agent_config import parse_agent_config
from agents.configuration.documents import MAX_DOCUMENT_BYTES, Draft, check_address, check_draft, digest
from agents.configuration.layers import merge
from agents.errors import InvalidError, Problem, QuartermasterError
from agents.supply_chain import document
from agents.supply_chain.policy import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from agents.configuration.documents import Content
    from agents.configuration.ports import ConfigStore
    from agents.json_value import Json
    from agents.runtime.registry import Registry

DEFAULTS: Final = "agent/defaults"


def read_documents(folder: Path, registry: Registry) -> dict[str, Content]:
    """The documents of a folder by key, `agent/inventory` of `agent/inventory.toml`.

    A folder that names no agent at all is no mistake: what is not in it is taken from the plugins. Raises InvalidError
    with every problem and its file: a name that is no key, a file that does not parse, an agent that would not run, a
    policy that grants what there is not.
    """
    if not folder.is_dir():
        raise InvalidError(f"there is no folder {folder}", fix="Name a folder of base documents, or none.")
    contents: dict[str, Content] = {}
    files: dict[str, str] = {}
    problems: list[Problem] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        where = path.relative_to(folder).as_posix()
        try:
            key, content = _read(path, where)
            if key in files:
                raise InvalidError(f"{files[key]} is the same document")
            contents[key], files[key] = content, where
        except QuartermasterError as error:
            problems.append(Problem(code="invalid", message=str(error), where=where))
    problems += _problems(contents, files, registry)
    if problems:
        listed = "; ".join(f"{problem.where}: {problem.message}" for problem in problems)
        raise InvalidError(f"{folder} holds documents that cannot be used: {listed}", problems=tuple(problems))
    return contents


def shipped_documents(registry: Registry) -> dict[str, Content]:
    """The base documents that ship, by key: the agents' with their defaults, and the access policy."""
    agents = {f"agent/{agent.name}": agent.defaults for agent in registry.agents.values()}
    return {DEFAULTS: document("defaults"), **agents, POLICY: document("policy", kind="access")}


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


def _read(path: Path, where: str) -> tuple[str, Content]:
    """Key and content of one file; raises InvalidError."""
    parse = _PARSERS.get(path.suffix)
    if parse is None:
        raise InvalidError("is neither TOML nor JSON", fix="Write <kind>/<name>.toml or .json.")
    key = where.removesuffix(path.suffix)
    check_address(key, "base")
    if path.stat().st_size > MAX_DOCUMENT_BYTES:
        raise InvalidError(f"has more than {MAX_DOCUMENT_BYTES:,} bytes", fix="Keep data out of configuration.")
    try:
        content = parse(path.read_text("utf-8"))
        check_draft(Draft(key=key, layer="base", content=content, author="", message="", expected=0))
    except TypeError as error:
        raise InvalidError("dates and times are not JSON", fix="Put them in quotes.") from error
    except RecursionError as error:
        raise InvalidError("nests too deep", fix="Flatten it.") from error
    except ValueError as error:  # of either parser, and of what is not UTF-8
        raise InvalidError(f"cannot be read: {error}") from error
    return key, content


def _json(text: str) -> Content:
    content = json.loads(text, object_pairs_hook=_once)
    if not isinstance(content, dict):
        raise InvalidError("is not an object", fix="Write { ... }.")
    return content


def _once(pairs: list[tuple[str, Json]]) -> Content:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise InvalidError(f"says {next(name for name in names if names.count(name) > 1)!r} twice")
    return found


_PARSERS: Final[dict[str, Callable[[str], Content]]] = {".toml": tomllib.loads, ".json": _json}


def _problems(contents: Mapping[str, Content], files: Mapping[str, str], registry: Registry) -> Iterator[Problem]:
    """What keeps an agent from running with its base layers alone, in the file that says it."""
    for key in contents:
        kind, name = key.split("/")
        if key == POLICY:
            yield from _policy_problems(contents[key], files[key], registry)
        elif kind != "agent":
            yield Problem(code="invalid", message=f"nothing reads the document {key!r}", where=files[key])
        elif key != DEFAULTS and name not in registry.agents:
            known = ", ".join(sorted(registry.agents))
            yield Problem(code="invalid", message=f"there is no agent {name!r}, only {known}", where=files[key])
    defaults = contents.get(DEFAULTS, document("defaults"))
    for name, agent in registry.agents.items():
        where = files.get(f"agent/{name}", files.get(DEFAULTS, ""))
        if not where:  # both ship, and fit
            continue
        try:
            config = parse_agent_config(merge(defaults, contents.get(f"agent/{name}", agent.defaults)), where=where)
        except InvalidError as error:
            yield Problem(code="invalid", message=error.message, where=where)
            continue
        for tool in config.tools:
            if tool not in registry.tools:
                yield Problem(code="invalid", message=f"there is no tool {tool!r}", where=where)


def _policy_problems(content: Content, where: str, registry: Registry) -> Iterator[Problem]:
    try:
        parse_policy(content, catalogue=CATALOGUE, agents=registry.agents, tools=registry.tools)
    except InvalidError as error:
        yield Problem(code="invalid", message=error.message, where=where)
