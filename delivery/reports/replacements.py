"""Which changed properties make the provider replace a resource: the dated table `delivery/data/replacements.json`.

The table is made from the provider's schema: `pulumi package get-schema aws@VERSION > schema.json`, then
`python -m delivery.reports.replacements schema.json --source "pulumi-aws VERSION" --date DAY`. It holds the types that
the stacks of this repository use; for anything else the answer is "unknown".
"""

from __future__ import annotations

import argparse
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Answer: TypeAlias = Literal["yes", "no", "unknown"]

FILE: Final = Path(__file__).parents[1] / "data" / "replacements.json"
_DEEPEST: Final = 6  # levels of nested types; WAF's statements hold themselves
_STEP: Final = re.compile(r"(\.[^.\[]+|\[\])$")


def replaces(token: str, path: str) -> Answer:
    """Whether a change at the path replaces a resource of the type; a path in a map or list asks for what it is in."""
    known = _types().get(token)
    while known is not None and path:
        if path in known["replace"]:
            return "yes"
        if path in known["update"]:
            return "no"
        path = _STEP.sub("", path) if _STEP.search(path) else ""
    return "unknown"


@cache
def _types() -> Mapping[str, Mapping[str, frozenset[str]]]:
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        token: {answer: frozenset(paths) for answer, paths in answers.items()}
        for token, answers in data["types"].items()
    }


def table(schema: Mapping[str, object], tokens: Iterable[str], *, source: str, date: str) -> dict[str, object]:
    """The table for those types, from a Pulumi package schema, whose `willReplaceOnChanges` says it of a property."""
    resources, types = schema["resources"], schema.get("types", {})
    found: dict[str, object] = {}
    for token in sorted(set(tokens)):
        resource = resources.get(token) if isinstance(resources, dict) else None
        if resource:
            answers: dict[str, list[str]] = {"replace": [], "update": []}
            own = resource["inputProperties"]
            for path, answer in _leaves(own, types if isinstance(types, dict) else {}, "", 0):
                answers[answer].append(path)
            found[token] = {answer: sorted(paths) for answer, paths in answers.items()}
    return {"source": source, "date": date, "types": found}


def _leaves(
    properties: Mapping[str, object], types: Mapping[str, object], above: str, depth: int
) -> Iterator[tuple[str, str]]:
    for name, given in properties.items():
        if not isinstance(given, dict):
            continue
        path = f"{above}.{name}" if above else name
        if given.get("willReplaceOnChanges"):
            yield path, "replace"
            continue
        member = given.get("items")
        inner = member if isinstance(member, dict) else given
        if isinstance(member, dict):
            path = f"{path}[]"
        nested = types.get(str(inner.get("$ref", "")).removeprefix("#/types/"))
        if isinstance(nested, dict) and depth < _DEEPEST:
            yield from _leaves(nested.get("properties", {}), types, path, depth + 1)
        else:
            yield path.removesuffix("[]"), "update"


def main(arguments: Sequence[str] | None = None, file: Path = FILE) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("schema", type=Path)
    parser.add_argument("--source", required=True, help="which provider, and which version of it")
    parser.add_argument("--date", required=True, help="the day the schema was taken")
    given = parser.parse_args(arguments)
    old = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"types": {}}
    schema = json.loads(given.schema.read_text(encoding="utf-8"))
    tokens = old["types"] or schema["resources"]
    made = table(schema, tokens, source=given.source, date=given.date)
    file.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
