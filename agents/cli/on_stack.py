"""`--stack NAME`: the same commands on a deployed stack, with the caller's own AWS credentials."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, TypeAlias

import typer
from typer.core import TyperGroup

from agents.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable

    from agents.cli.laptop import Configured
    from agents.cli.store import StoreFiles

_FLAGS: Final = ("--stack", "-s")
_HELP: Final = "A deployed stack; this laptop if left out."
Stack: TypeAlias = Annotated[list[str] | None, typer.Option(*_FLAGS, metavar="NAME", help=_HELP)]


class StackGroup(TyperGroup):
    """A group whose `--stack` may also be written after the command, where people write it.

    Each command gets the option as one of its own, so that what is another option's value is never taken for it.
    """

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - Typer's own, handed on
        super().__init__(**attributes)
        (own,) = (one for one in self.params if _FLAGS[0] in one.opts)
        for command in self.commands.values():
            option = copy.copy(own)
            option.expose_value = False  # commands do not know of it
            option.callback = lambda ctx, _, stack: choose(ctx, stack)
            command.params.append(option)


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


class _Holder(Protocol):
    """A context of a group, or of its command: Typer has a type for each."""

    obj: Any


def choose(ctx: _Holder, stack: list[str] | None) -> None:
    """Lets the commands of a group work on a stack, when one is named. Raises InvalidError for a second one."""
    if not stack:
        return
    if len(stack) > 1 or isinstance(ctx.obj, OnStack):
        raise InvalidError("--stack is there more than once", fix="Name one stack, before or after the command.")
    stacks: Stacks = ctx.obj
    ctx.obj = stacks.stack(stack[0])


def say_where(stack: str, *, account: str, region: str, endpoint: str) -> None:
    """Says on stderr what a stack's name was taken for, before anything is read or written there."""
    typer.echo(f"Stack {stack}: account {account}, {region}, at {endpoint}", err=True)


def asked(ctx: typer.Context, environment: str) -> str | None:
    """The environment that somebody named, None when it is an option's default: a stack has one of its own."""
    source = ctx.get_parameter_source("environment")
    named = environment == ctx.params.get("to") or source is None or source.name != "DEFAULT"
    return environment if named else None
