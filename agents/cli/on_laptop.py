"""What commands on this laptop share: for which environment they are, and the platform that they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from agents.cli.laptop import Laptop, LaptopFactory

Environment: TypeAlias = Annotated[str, typer.Option(help="The environment that the store serves, as for `qm serve`.")]


def platform(ctx: typer.Context, environment: str = "dev") -> Laptop:
    """The platform of the laptop, for an environment."""
    build: LaptopFactory = ctx.obj
    return build(environment=environment)
