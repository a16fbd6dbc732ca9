"""Kinds that users bring: the document `schema/<kind>` is the JSON Schema of all documents of that kind.

A schema is a program that somebody else wrote. What it may refer to is itself: any other reference is refused when it
is published, so nothing is ever fetched or read. It is evaluated in a process of its own, with little time and memory,
so a schema that would take all of either ends that process and is refused, and nothing else happens.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.configuration import user_schema_worker
from agents.configuration.documents import canonical
from agents.configuration.json_pointer import below
from agents.configuration.problems import invalid
from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agents.configuration.documents import Content
    from agents.errors import Problem
    from agents.json_value import Json

log = logging.getLogger(__name__)

MAX_SCHEMA_BYTES: Final = 64 * 1024
MAX_PATTERN: Final = 512
MAX_DEPTH: Final = 40
WALL_S: Final = 5.0  # the worker's own limit is CPU; this one is for a machine that has none to give
DIALECTS: Final = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema#",
)
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
# These change what a reference means, or which words count.
_CLOSED: Final = ("$id", "id", "$vocabulary")
_TOO_MUCH: Final = "it takes too much time or memory to evaluate"
_SIMPLER: Final = "Simplify the schema: fewer alternatives inside alternatives, shorter patterns and repetitions."


def check_schema(schema: Content) -> tuple[Problem, ...]:
    """Everything that keeps a schema from being one that documents are checked by."""
    if len(canonical(schema)) > MAX_SCHEMA_BYTES:
        return (invalid(f"a schema has at most {MAX_SCHEMA_BYTES:,} bytes", fix="Split the kind into several."),)
    found = tuple(_refusals(schema, "", 1))
    return found or _evaluated(schema, None)


def check_by_schema(schema: Content, content: Content) -> tuple[Problem, ...]:
    """What is wrong with a document by a schema that `check_schema` passed; values are never shown."""
    return _evaluated(schema, content)


def _refusals(node: Json, above: str, depth: int) -> Iterator[Problem]:
    if depth > MAX_DEPTH:
        yield invalid(f"nests deeper than {MAX_DEPTH} levels", pointer=above, fix="Use $defs.")
        return
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from _refusals(one, below(above, number), depth + 1)
    if not isinstance(node, dict):
        return
    for name, value in node.items():
        pointer = below(above, name)
        if isinstance(value, str):
            yield from _refused_word(name, value, pointer)
        elif name == "$vocabulary":
            yield invalid("$vocabulary is not taken", pointer=pointer, fix="Take it out.")
        elif name == "patternProperties" and isinstance(value, dict):
            for pattern in value:
                yield from _refused_word("pattern", pattern, below(pointer, pattern[:64]))
        yield from _refusals(value, pointer, depth + 1)


def _refused_word(name: str, value: str, pointer: str) -> Iterator[Problem]:
    if name in _REFERENCES and not value.startswith("#"):
        fix = "Copy what it refers to into $defs, and write #/$defs/NAME."
        yield invalid("a reference leads out of the schema; nothing is fetched or read", pointer=pointer, fix=fix)
    elif name in _CLOSED:
        yield invalid(f"{name} is not taken", pointer=pointer, fix="Take it out; references of # are to this schema.")
    elif name == "$schema" and value not in DIALECTS:
        yield invalid("this dialect is not known here", pointer=pointer, fix=f"Use {DIALECTS[0]}.")
    elif name == "pattern" and len(value) > MAX_PATTERN:
        yield invalid(f"a pattern has at most {MAX_PATTERN} characters", pointer=pointer, fix="Shorten it.")


def _evaluated(schema: Content, content: Content | None) -> tuple[Problem, ...]:
    """The worker's answer; its end before an answer is that the schema takes too much."""
    spec = find_spec("jsonschema_rs")
    if spec is None or spec.origin is None:
        raise SetupError("jsonschema-rs is not installed", fix="Install the project's dependencies again.")
    asked = {"path": [str(Path(spec.origin).parents[1])], "schema": schema, "content": content}
    # Lambda's Python finds its own library by this one; there is nothing in it to keep from anybody.
    environ = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    command = [sys.executable, "-I", "-S", user_schema_worker.__file__]
    try:
        done = subprocess.run(  # noqa: S603 - our own file, no shell; it gets none of our environment, so no credentials
            command, input=json.dumps(asked).encode(), capture_output=True, timeout=WALL_S, env=environ, check=False
        )
    except subprocess.TimeoutExpired:
        return (invalid(_TOO_MUCH, fix=_SIMPLER),)
    if done.returncode < 0:
        return (invalid(_TOO_MUCH, fix=_SIMPLER),)
    if done.returncode > 0:
        # Not by a signal: out of memory where Python noticed, or a defect, which only the log can tell apart.
        log.warning("a schema could not be evaluated: %s", done.stderr.decode(errors="replace")[-500:])
        return (invalid(_TOO_MUCH, fix=_SIMPLER),)
    return tuple(
        invalid(message, pointer=pointer, fix="Write it as the schema of its kind says.")
        for pointer, message in json.loads(done.stdout)
    )
