"""`--stack NAME`: the same commands on a deployed stack, with the caller's own AWS credentials."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Final, Protocol, TypeAlias

import typer
from typer.core import TyperGroup

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.cli.laptop import Configured
    from agents.cli.store import StoreFiles

_FLAGS: Final = ("--stack", "-s")
_HELP: Final = "A deployed stack; this laptop if left out."
Stack: TypeAlias = Annotated[str | None, typer.Option(*_FLAGS, metavar="NAME", help=_HELP)]


class StackGroup(TyperGroup):
    """A group whose `--stack` may also be written after the command, where people write it."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # Typer's own
        first, rest = [], []
        words = iter(args)
        for word in words:
            if word == "--":
                rest += [word, *words]
            elif word in _FLAGS:
                first += [word, *islice(words, 1)]
            else:
                (first if word.startswith(f"{_FLAGS[0]}=") else rest).append(word)
        return super().parse_args(ctx, first + rest)


@dataclass(frozen=True)
class OnStack:
    """A deployed stack in the place of the laptop.

    `open` takes the environment that was asked for, None for the stack's own, and raises InvalidError for another.
    """

    open: Callable[[str | None], Configured]
    store_files: Callable[[], StoreFiles]


class Stacks(Protocol):
    """What hands over the laptop also hands over a stack by its name; it looks for it when it is used."""

    def stack(self, name: str) -> OnStack: ...


def choose(ctx: typer.Context, stack: str | None) -> None:
    """Lets the commands of a group work on a stack, when one is named."""
    if stack is not None:
        stacks: Stacks = ctx.obj
        ctx.obj = stacks.stack(stack)


def asked(ctx: typer.Context, environment: str) -> str | None:
    """The environment that somebody named, None when it is an option's default: a stack has one of its own."""
    source = ctx.get_parameter_source("environment")
    named = environment == ctx.params.get("to") or source is None or source.name != "DEFAULT"
    return environment if named else None
