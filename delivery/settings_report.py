"""Every setting of a stack with the place that it comes from, and what follows from them."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from agents.errors import InvalidError, NotFoundError
from components.arns import Arns
from components.consequences import Consequence, consequences
from components.key_policies import policy_of_yours, trail_name
from components.naming import Names
from components.origins import Layer, Origin, origins
from components.schema import allowed, example, node_of, schema_of
from components.sections import SECTIONS
from components.settings import EMULATED_ACCOUNT, NAMESPACE, layers_of

from .stack_files import lines_of, read_stack
from .targets import mapping_of, settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from components.origins import Path
    from components.settings import Settings

    from .places import Places

YOUR_KEY: Final = "keys.existing"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One setting: its value, where that stands, and what the layers below say."""

    path: Path
    value: object
    layer: str  # default, sizing, stack file, environment
    source: str  # a module, a row of the table, file:line, a variable
    below: tuple[tuple[str, str, object], ...]  # layer, source, value of what is covered, highest first
    description: str
    allowed: str
    example: str
    paste: str = ""  # JSON that belongs to the setting and lives elsewhere

    @property
    def key(self) -> str:
        return ".".join(self.path)

    def as_json(self, *, explained: bool) -> dict[str, object]:
        """The fields; with the words about the key when it is explained."""
        told: dict[str, object] = {"description": self.description, "allowed": self.allowed, "example": self.example}
        told |= {"paste": json.loads(self.paste)} if self.paste else {}
        below = [{"layer": layer, "source": source, "value": value} for layer, source, value in self.below]
        return {
            "key": self.key,
            "value": self.value,
            "layer": self.layer,
            "source": self.source,
            "below": below,
            **(told if explained else {}),
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """The settings of a stack."""

    stack: str
    entries: tuple[Entry, ...]
    consequences: tuple[Consequence, ...]
    explained: bool = False

    def only(self, key: str) -> Report:
        """One setting, or a section of them, explained.

        Raises NotFoundError with the nearest for an unknown key, InvalidError for none.
        """
        wanted = key.strip().removeprefix(NAMESPACE).rstrip(".")
        if not wanted:
            raise InvalidError("there is no key to explain", fix=f"Name a setting or a section: {', '.join(SECTIONS)}.")
        found = tuple(one for one in self.entries if one.key == wanted or one.key.startswith(f"{wanted}."))
        if not found:
            raise NotFoundError(f"there is no setting {wanted!r}: {self._nearest(wanted)}")
        keys = {one.key for one in found}
        told = tuple(one for one in self.consequences if one.key in keys)
        return Report(stack=self.stack, entries=found, consequences=told, explained=True)

    def as_json(self) -> dict[str, object]:
        """The report with JSON's types only."""
        return {
            "stack": self.stack,
            "settings": [one.as_json(explained=self.explained) for one in self.entries],
            "derived": [{"key": one.key, "text": one.text} for one in self.consequences if not one.advice],
            "advice": [{"key": one.key, "text": one.text} for one in self.consequences if one.advice],
        }

    def _nearest(self, wanted: str) -> str:
        known = {".".join(one.path[:length]) for one in self.entries for length in range(1, len(one.path) + 1)}
        # A last word alone is what people remember: memory_mb, lambda.memory_mb.
        ends = sorted(key for key in known if key.endswith(f".{wanted}"))
        close = ends[:1] or difflib.get_close_matches(wanted, sorted(known), n=1)
        return f"did you mean {close[0]}?" if close else f"the sections are {', '.join(SECTIONS)}"


def report(places: Places, name: str, *, endpoint: str = "") -> Report:
    """Every setting of a stack; `endpoint` is where the emulator listens, as the environment says.

    Raises NotFoundError for an unknown stack, InvalidError with every mistake in its file.
    """
    settings = settings_of(places, name, endpoint=endpoint)
    stack = read_stack(places.root, name)
    layers = layers_of(name, mapping_of(stack), f"Pulumi.{name}.yaml", endpoint=endpoint)
    return Report(
        stack=name,
        entries=tuple(
            replace(one, paste=_policy_of_your_key(settings)) if one.key == YOUR_KEY else one
            for one in _entries(origins(layers), lines_of(places.root, stack))
        ),
        consequences=consequences(settings),
    )


def _policy_of_your_key(settings: Settings) -> str:
    """The statements that a key of yours needs; an account that is not pinned is the key's own, or the emulator's."""
    place = settings.environment
    account = (settings.keys.existing.split(":")[4:5] or [EMULATED_ACCOUNT])[0]
    names = Names(
        prefix=settings.project.prefix,
        environment=place.name,
        account=place.account if place.pinned else account,
        region=place.region,
    )
    return policy_of_yours(
        Arns(region=names.region, account=names.account),
        names,
        backup=settings.has("backup"),
        trail=trail_name(names) if settings.has("trail") else "",
    )


def _entries(found: dict[Path, Origin], lines: Callable[[Sequence[str]], int | None]) -> Iterator[Entry]:
    schemas = {name: schema_of(model) for name, model in SECTIONS.items()}
    order = list(SECTIONS)
    for path in sorted(found, key=lambda path: order.index(path[0])):
        origin, node = found[path], node_of(schemas[path[0]], path[1:])
        yield Entry(
            path=path,
            value=origin.value,
            layer=origin.layer.name,
            source=_source(origin.layer, path, lines),
            below=tuple((layer.name, _source(layer, path, lines), value) for layer, value in origin.below),
            description=str(node.get("description", "")),
            allowed=allowed(node),
            example=example(node) or str(origin.value),
        )


def _source(layer: Layer, path: Path, lines: Callable[[Sequence[str]], int | None]) -> str:
    line = lines(path) if layer.name == "stack file" else None
    return f"{layer.source}:{line}" if line else layer.source
