"""Writes the settings' page and their schema from the sections: `python -m delivery.configuration_docs [--check]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from components.capabilities import BACKUP_PAIRS, GUARDRAIL_REGIONS, IMPOSSIBLE, MISSING, OPT_IN, ZONES
from components.origins import leaves, paths
from components.schema import example, kind_of, node_of, schema_of
from components.sections import SECTIONS
from components.settings import defaults
from components.sizing import SIZES

from .configuration_schema import stack_schema
from .settings_text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from components.sections import Section

DOCS: Final = Path(__file__).parents[1] / "docs"
PAGE: Final = DOCS / "configuration.md"
SCHEMA: Final = DOCS / "configuration.schema.json"
_SIZED: Final = ("dev", "staging", "prod", "local")
_UNGIVEN: Final = {"environment.name": "the stack's name"}
_HEAD: Final = """\
<!-- Written by `python -m delivery.configuration_docs`; edit components/sections/ and components/sizing.py instead. -->
# Settings

A stack is sized and switched by `Pulumi.<stack>.yaml`, one key a section: `quartermaster:api: {throttle: 50}`.
Three layers make a setting: the default of its section, above it the row of the sizing table that belongs to the
environment, above that the stack file. Maps merge; everything else, lists too, replaces.

```sh
qm settings --stack prod                                        # each value, and file:line or layer it comes from
qm settings --stack prod --explain resources.lambda.memory_mb   # what it is, what is allowed, what it covers
qm plan --stack prod                                            # what the stack would be, without an account
```

A file that is wrong is refused whole before anything is registered, with every mistake in one go: key, value, why, and
what to write. That includes what keys say against each other, such as a firewall without an API, more NAT gateways
than zones, or production without backups. An editor that reads the first line of the stack files knows the keys from
[`configuration.schema.json`](configuration.schema.json); it does not know such conflicts.

**Secrets never stand here.** Settings are read by everybody who may read the repository, so `pulumi config set
--secret` of one of these keys is refused. Name a secret in `agents.secrets`: it is made empty, and filled by you in
Secrets Manager.

## A preview environment
Any other name is an environment of its own, sized like dev, with nothing kept when it is taken down:

```sh
sed 's/name: dev$/name: pr-123/' Pulumi.dev.yaml > Pulumi.pr-123.yaml
qm plan --stack pr-123
make up STACK=pr-123
make down STACK=pr-123
```

The environment is part of every physical name, so any number of them share an account. Names that begin like `prod`
or `staging` and are neither are refused: they would have the size of dev, and lose their data with the stack.
"""


def page() -> str:
    """The page as it should be."""
    return _HEAD + "\n".join((*_sections(), *_sizing(), *_capabilities())) + "\n"


def schema() -> str:
    """The schema as it should be."""
    return json.dumps(stack_schema(), indent=2) + "\n"


def _sections() -> Iterator[str]:
    for name, section in SECTIONS.items():
        yield from ("", f"## {name}", " ".join((section.__doc__ or "").split()), "")
        yield "| key | type and range | default | dev | staging | prod | what | example |"
        yield "|---|---|---|---|---|---|---|---|"
        yield from _rows(name, section)


def _rows(name: str, section: type[Section]) -> Iterator[str]:
    schema = schema_of(section)
    given = dict(paths(defaults(section)))
    sizes = [dict(leaves(SIZES[environment])) for environment in ("dev", "staging", "prod")]
    for path in _keys(section):
        key, node = ".".join((name, *path)), node_of(schema, path)
        default = _code(given[path]) if path in given else _UNGIVEN.get(key, "**to be given**")
        sized = [_code(size[key]) if key in size else "" for size in sizes]
        cells = (f"`{key}`", kind_of(node), default, *sized, str(node.get("description", "")), _example(example(node)))
        yield _row(*cells)


def _keys(section: type[Section], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, field in section.model_fields.items():
        path = (*above, field.alias or name)
        inner = field.get_default(call_default_factory=True, validated_data={})
        if hasattr(type(inner), "model_fields"):
            yield from _keys(type(inner), path)
        else:
            yield path


def _sizing() -> Iterator[str]:
    yield from ("", "## Sizes", "What the sizing table says; an environment that has no column takes dev's.", "")
    yield _row("key", *_SIZED)
    yield _row(*["---"] * (1 + len(_SIZED)))
    sizes = {name: dict(leaves(SIZES[name])) for name in _SIZED}
    for key in dict.fromkeys(key for size in sizes.values() for key in size):
        yield _row(f"`{key}`", *(_code(size[key]) if key in size else "" for size in sizes.values()))
    yield ""
    yield "`reserved_concurrency` takes effect only where `resources.lambda.concurrency_quota` says the account's"
    yield "quota: new accounts have little of it, and Lambda keeps 100 executions unreserved."


def _capabilities() -> Iterator[str]:
    yield from ("", "## What is not everywhere", "`qm settings` says what a stack is left without, and why.", "")
    yield _row("where", "what", "why")
    yield _row("---", "---", "---")
    for part, why in IMPOSSIBLE.items():
        yield _row(f"regions with `{part}` in their name", "refused", why)
    for feature, where in MISSING.items():
        for partition, why in where.items():
            yield _row(f"partition `{partition}`", f"`features.{feature}` is left out", why)
    there = ", ".join(f"`{region}`" for region in sorted(GUARDRAIL_REGIONS))
    yield _row("regions other than these", "`features.guardrail` is left out", f"it is in {there}")
    for region, zones in ZONES.items():
        yield _row(f"`{region}`", f"{zones} zones", "a new account is given no more")
    yield from (
        "",
        "Second copies of backups (`resources.backup.copy_region: auto`) go to the other region of the same",
    )
    yield "jurisdiction; a region marked * has to be switched on in the account first. Without a pair, name a region"
    yield "or write none."
    yield from ("", _row("region", "copy"), _row("---", "---"))
    for region, other in BACKUP_PAIRS.items():
        yield _row(f"`{region}`", f"`{other}`{'*' if other in OPT_IN else ''}")


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(value: object) -> str:
    return f"`{shown(value)}`"


def _example(text: str) -> str:
    return f"`{text}`" if text else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("--check", action="store_true", help="only say whether the files are stale")
    check = parser.parse_args().check
    for file, text in ((PAGE, page()), (SCHEMA, schema())):
        if not check:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            sys.exit(f"docs/{file.name} is stale: run `python -m delivery.configuration_docs`")


if __name__ == "__main__":
    main()
