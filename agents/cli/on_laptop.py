"""What commands share: for which environment they are, and the platform that they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias, cast

import typer

from agents.cli.on_stack import OnStack, asked

if TYPE_CHECKING:
    from agents.cli.laptop import Laptop, LaptopFactory

Environment: TypeAlias = Annotated[str, typer.Option(help="The environment that the store serves, as for `qm serve`.")]


def platform(ctx: typer.Context, environment: str = "dev") -> Laptop:
    """The platform of the laptop, for an environment.

    In a group that takes `--stack` it may be a stack, which has what `Configured` has and nothing else.
    """
    if isinstance(ctx.obj, OnStack):
        return cast("Laptop", ctx.obj.open(asked(ctx, environment)))
    build: LaptopFactory = ctx.obj
    return build(environment=environment)
