"""Writes the page of documents and the schema of agents': `python -m agents.configuration.document_docs [--check]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel

from agents.configuration.agent_config import AgentConfig
from agents.configuration.document_model import NOT_YET, fields, in_effect, inner, own_class
from agents.configuration.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.fields import FieldInfo

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = DOCS / "documents.md"
SCHEMA: Final = DOCS / "agent-config.schema.json"
_HEAD: Final = """\
<!-- Written by `python -m agents.configuration.document_docs`; edit the models in agents/configuration/ instead. -->
# Documents

A document is `kind/name`, such as `agent/inventory`, in layers that are merged: see [layers](layers.md). It has at
most 256 KiB. It is checked when it is published, as it would run: every problem at once, each with a pointer and what
to write instead. Warnings do not keep a document from being published.

**Reload** says what a change takes: `hot` counts from the next turn on; `drain` for new conversations, while those that
began before end with what they had; `redeploy` after the next deployment. **Not yet in effect** is what this version
stores and nothing reads; publishing it gives a warning.

## What is checked
- The form: names, types, ranges. Unknown names are refused.
- What is named exists: tools, agents, intents, models and metrics; personas have what the access policy grants.
- Models are in `models/catalogue`, are granted by the stack, can be called from its region, and are alive: one that
  ended is refused, and one that ends within 60 days is warned of. No fallback shares a quota with what it falls back
  from.
- Time: an answer takes at most `min(turn, limits.timeout_s) + 1 s`, which must be less than the function's time-out and
  the gateway's 29 s. A turn asks for `turns x (models + tools)`, where models are
  `(1 + fallbacks) x ((1 + retries) x model_timeout_s + waits)` and tools `ceil(tools / parallel_tools) x slowest`.
- Secrets and URLs, as follows.

## Secrets and URLs
A secret is a reference, `{ "$secret": "carrier_api_key" }` or `{ "$env": "CARRIER_KEY" }`. It stands in a parameter
that the agent's plugin calls a secret (`"format": "secret"` in its schema) and nowhere else, and names one of
`agents.secrets` of the stack. Variables of the platform (`AWS_*`, `QM_*`, ...) are never open. It is looked up where it
is used: never when it is published, and never for the model. Texts are not searched for references; one that holds
something of that look is refused, so that nobody waits for it to be replaced. References are checked and kept, and
**not yet in effect**: no tool is handed its secrets by this version.

A text or number under a name that tells (`password`, `api_key`, `access-token`, ...) is refused in parameters of agents
and in kinds of your own; flags are taken. What was stored before it was refused runs on, and reads and diffs show `***`
in its place; the digest is of what is stored.

A parameter, and any value of a kind of your own, holds no URL, except below one of `agents.outbound_urls` of the stack.
"""
_FREE: Final = """
## Kinds of your own
Publish a JSON Schema (2020-12, 2019-09 or draft 7) as `schema/<kind>`, layer `base`; from then on documents
`<kind>/<name>` are held to it. References lead to places in the schema itself (`#/$defs/...`), because nothing is ever
fetched or read. Patterns are of RE2's kind, without look-around and back-references. `format` is a comment. A schema
has at most 64 KiB, and one that takes more than a fraction of a second to evaluate is refused. Problems name places
and rules, and never show values.
"""


def page() -> str:
    """The page as it should be."""
    lines = [_HEAD]
    for name, kind in KINDS.items():
        lines += [f"## `{name}`", f"{kind.about}.", ""]
        if kind.names is not None:
            lines[-1:] = [f"There is `{'`, `'.join(f'{name}/{one}' for one in sorted(kind.names))}`.", ""]
        if kind.model is not None:
            lines += ["| field | type and range | default | reload | what |", "|---|---|---|---|---|"]
            lines += [*_rows(kind.model), ""]
    return "\n".join(lines).rstrip() + "\n" + _FREE


def schema() -> str:
    """The JSON Schema of `agent/<name>`, merged, as it should be."""
    made = AgentConfig.model_json_schema(by_alias=True)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "agent/<name>, all layers merged"}
    return json.dumps({**head, **{name: value for name, value in made.items() if name != "title"}}, indent=2) + "\n"


def _rows(model: type[BaseModel], above: str = "", *, read: bool = True) -> Iterator[str]:
    nodes = model.model_json_schema(by_alias=True)
    for name, field in fields(model):
        path, node, held = f"{above}{name}", nodes["properties"][name], inner(field)
        effective = read and in_effect(field)
        single = isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
        if not single:
            what = field.description or ""
            cells = (f"`{path}`", _type(node, nodes), _default(field), own_class(field), what)
            yield _row(*cells[:-1], what if effective else f"{what}; **{NOT_YET}**")
        if held is not None:
            yield from _rows(held, f"{path}." if single else f"{path}.*.", read=effective)


def _type(node: dict[str, Any], root: dict[str, Any]) -> str:
    if "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    if "anyOf" in node:
        return " or ".join(dict.fromkeys(_type(one, root) for one in node["anyOf"] if one.get("type") != "null"))
    if "enum" in node:
        return ", ".join(f"`{one}`" for one in node["enum"])
    kind = node.get("type", "any")
    if kind == "array":
        return f"list of {_type(node.get('items', {}), root)}"
    if kind == "object":
        return _map(node, root)
    return f"{kind if isinstance(kind, str) else ', '.join(kind)}{_bounds(node)}"


def _map(node: dict[str, Any], root: dict[str, Any]) -> str:
    if "$secret" in node.get("properties", {}):
        return "reference"
    return f"map of {_type(node['additionalProperties'], root)}" if node.get("additionalProperties") else "map"


def _bounds(node: dict[str, Any]) -> str:
    words = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "maxLength": "up to", "pattern": "as"}
    found = [
        f"{word} {f'`{node[key]}`' if key == 'pattern' else node[key]}" for key, word in words.items() if key in node
    ]
    return f" {', '.join(found)}" if found else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**to be given**"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if value is None else f"`{json.dumps(value)}`"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the files are stale")
    check = parser.parse_args().check
    for file, text in ((PAGE, page()), (SCHEMA, schema())):
        if not check:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            sys.exit(f"docs/{file.name} is stale: run `python -m agents.configuration.document_docs`")


if __name__ == "__main__":
    main()
