"""Keys of machines: make, list, rotate, revoke."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.on_laptop import platform
from agents.cli.output import Format, Output, show
from agents.cli.owner_record import AUTHOR, record

if TYPE_CHECKING:
    from agents.access.api_keys import ApiKey
    from agents.access.key_service import ApiKeyService, MadeKey

app = typer.Typer(help=__doc__, rich_markup_mode=None, add_completion=False, no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The machine, in a-z, 0-9 and '-'.")]
Days = Annotated[int, typer.Option(help="How long the secret lasts, at most 366.")]


@app.command(epilog="Example: qm access keys create nightly-report --group warehouse_manager --scope ask")
def create(
    ctx: typer.Context,
    name: Name,
    group: Annotated[list[str], typer.Option(help="A persona or role; again for each.")],
    scope: Annotated[list[str], typer.Option(help="ask, config, access or audit; again for each.")],
    days: Days = 90,
    output: Output = Format.TABLE,
) -> None:
    """Make a key and print it, once."""
    from agents.access.key_service import NewKey

    asked = NewKey(name=name, groups=tuple(group), scopes=tuple(scope), days=days)
    _show(_changing(ctx, name).create(asked, author=AUTHOR), output)


@app.command("list", epilog="Example: qm access keys list -o json")
def list_keys(ctx: typer.Context, output: Output = Format.TABLE) -> None:
    """List the keys that were not revoked."""
    keys = _keys(ctx).list()
    lines = [_line(key) for key in keys] or ["There is none.\nMake one: qm access keys create NAME --group G --scope S"]
    show([key.as_json() for key in keys], output, lambda: "\n".join(lines))


@app.command(epilog="Example: qm access keys rotate nightly-report --grace-hours 2")
def rotate(
    ctx: typer.Context,
    name: Name,
    days: Days = 90,
    grace_hours: Annotated[float, typer.Option(help="How long the former is still taken, at most 168.")] = 24,
    output: Output = Format.TABLE,
) -> None:
    """Replace the secret of a key and print the new one, once."""
    _show(_changing(ctx, name).rotate(name, author=AUTHOR, days=days, grace_hours=grace_hours), output)


@app.command(epilog="Example: qm access keys revoke nightly-report")
def revoke(ctx: typer.Context, name: Name) -> None:
    """End a key; a running server takes it for ten seconds at most."""
    _changing(ctx, name).revoke(name, author=AUTHOR)
    typer.echo(f"{name} is revoked; servers that run end it within 10 s.\nSee the others: qm access keys list")


def _keys(ctx: typer.Context) -> ApiKeyService:
    return platform(ctx).keys


def _changing(ctx: typer.Context, name: str) -> ApiKeyService:
    """The keys, after it was written down that the machine's owner changes one."""
    from agents.access.roles import Action

    laptop = platform(ctx)
    record(laptop.audit_log, Action.MANAGE_KEYS, f"key/{name}")
    return laptop.keys


def _show(made: MadeKey, output: Output) -> None:
    told = f"{_line(made.key)}\n{made.text}\nIt is not shown again. Send it: curl -H 'Authorization: Bearer KEY' ..."
    show({**made.key.as_json(), "key": made.text}, output, lambda: told)


def _line(key: ApiKey) -> str:
    until = max((secret.expires_at for secret in key.secrets), default=0)
    ends = datetime.fromtimestamp(until, UTC).date().isoformat()
    return f"{key.name}: {', '.join(sorted(key.groups))}; scopes {', '.join(sorted(key.scopes))}; until {ends}"
