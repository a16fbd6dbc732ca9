"""See which configuration each instance runs, and wait until all run what was published."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Annotated, Final

import typer

from agents.cli.errors import CHANGES
from agents.cli.on_laptop import Environment, platform
from agents.cli.output import Format, Output, columns, show
from agents.errors import InvalidError, UnavailableError

if TYPE_CHECKING:
    from agents.configuration.ledger import Applied, Report

app = typer.Typer(help=__doc__, rich_markup_mode=None, add_completion=False, no_args_is_help=True)

WATCH_S: Final = 1.0
WAIT_S: Final = 0.25
_MOST_NAMED: Final = 20
_TIME: Final = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(ms|s|m)")
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0}

Keys = Annotated[list[str] | None, typer.Option("--key", help="A document, like agent/inventory; again for each.")]
Seen = Annotated[str, typer.Option(help="An instance that said nothing for longer is stale, like 60s.")]


@app.command(epilog="Example: qm config status --key agent/inventory --watch")
def status(
    ctx: typer.Context,
    key: Keys = None,
    watch: Annotated[bool, typer.Option("--watch", help="Print again at each change, until Ctrl-C.")] = False,
    seen: Seen = "60s",
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Show what each instance should run and what it does, with the lag from publish to applied."""
    states = platform(ctx, environment).states
    told = None
    while True:
        found = states.report(key or (), seen_s=_seconds(seen))
        text = "\n".join(_lines(found))
        if text != told:
            _print(found, text, output)
        told = text
        if not watch:
            return
        time.sleep(WATCH_S)


@app.command(epilog="Example: qm config wait --converged --timeout 30s --key agent/inventory")
def wait(
    ctx: typer.Context,
    converged: Annotated[bool, typer.Option("--converged", help="Until every instance runs what is desired.")] = False,
    timeout: Annotated[str, typer.Option(help="How long at most, like 500ms, 30s or 2m.")] = "30s",
    key: Keys = None,
    allow_draining: Annotated[
        bool, typer.Option("--allow-draining", help="Older conversations may still finish on what they began on.")
    ] = False,
    seen: Seen = "60s",
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Wait until no turn that starts runs an older configuration; 0 then, 1 when the time is up, 4 without a store."""
    if not converged:
        raise InvalidError("there is one thing to wait for", fix="Write --converged.")
    within_s, seen_s = _seconds(timeout), _seconds(seen)
    states = platform(ctx, environment).states
    until = time.monotonic() + within_s
    while True:
        away, found, lines = None, None, []
        try:
            found = states.report(key or (), seen_s=seen_s)
        except UnavailableError as error:  # it may come back in time
            away = error
        if found and found.converged(allow_draining=allow_draining):
            lines = _lines(found)
            break
        if time.monotonic() >= until:
            break
        time.sleep(min(WAIT_S, max(0.0, until - time.monotonic())))
    if found is None:
        raise away or UnavailableError("the store was not read")
    _print(found, "\n".join(lines or [*_lines(found), *_open(found, timeout, allow_draining=allow_draining)]), output)
    if not lines:
        raise typer.Exit(CHANGES)


def _print(report: Report, text: str, output: Format) -> None:
    from agents.configuration.ledger_json import as_json

    show(as_json(report), output, lambda: text)


def _seconds(text: str) -> float:
    match = _TIME.fullmatch(text)
    if match is None:
        raise InvalidError(f"{text[:32]!r} is not a time", fix="Write 500ms, 30s or 2m.")
    return float(match[1]) * _SECONDS[match[2]]


def _lines(report: Report) -> list[str]:
    """One line an instance and document; they stay the same while nothing happens."""
    rows = [("INSTANCE", "DOCUMENT", "STANDING", "DESIRED", "RUNS", "LAG")]
    rows += [
        (one.instance, one.key, one.standing, _short(one.desired), _short(_runs(one)), _ms(one.lag_s))
        for one in report.applied
    ]
    lines = [columns(rows)]
    lines += [f"{one.instance} refused {one.key}: {one.reason}" for one in report.applied if one.standing == "rejected"]
    if report.stale:
        lines.append(f"Stale: {', '.join(report.stale)}")
    if not report.applied:
        lines = ["No instance has said what it runs.\nStart one: qm serve"]
    elif report.converged():
        lines.append(f"Converged; lag p50 {_ms(report.lag_p50_s)}, p99 {_ms(report.lag_p99_s)}.")
    else:
        lines += ["Not converged:", *_named(report)]
        lines.append("Wait for it: qm config wait --converged --timeout 30s")
    return lines


def _runs(one: Applied) -> str:
    return one.running or one.digest if one.standing in {"rejected", "draining"} else one.digest


def _open(report: Report, timeout: str, *, allow_draining: bool) -> list[str]:
    draining = " --allow-draining counts those that drain." if report.converged(allow_draining=True) else ""
    return [f"Not converged after {timeout}, for:{draining}", *_named(report, allow_draining=allow_draining)]


def _named(report: Report, *, allow_draining: bool = False) -> list[str]:
    waits_for = report.waits_for(allow_draining=allow_draining)
    more = [f"  and {len(waits_for) - _MOST_NAMED} more"] if len(waits_for) > _MOST_NAMED else []
    return [f"  {one}" for one in waits_for[:_MOST_NAMED]] + more


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12] or "-"


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:,.0f} ms"
