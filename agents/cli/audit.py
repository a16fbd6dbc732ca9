"""Read what was decided on access, prove that nobody changed it, and take it elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.on_laptop import Environment, platform
from agents.cli.output import Format, Output, show
from agents.contract import DEFAULT_TENANT
from agents.deadline import Deadline
from agents.digests import sha256
from agents.errors import InvalidError, NotFoundError

if TYPE_CHECKING:
    from agents.access.audit_verify import Report
    from agents.json_value import Json

app = typer.Typer(help=__doc__, rich_markup_mode=None, add_completion=False, no_args_is_help=True)

_ANCHOR_S = 60.0
_BROKEN = 1  # the exit code of findings


@app.command("list", epilog="Example: qm audit list --denied --subject wanda -o json")
def list_(
    ctx: typer.Context,
    subject: Annotated[str, typer.Option(help="Only decisions on this person or machine.")] = "",
    denied: Annotated[bool, typer.Option("--denied", help="Only what was not allowed.")] = False,
    after: Annotated[str, typer.Option(help="Only after the record of this id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="The newest that many.")] = 50,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Print the newest decisions, oldest first."""
    from collections import deque

    from agents.access.audit_anchor import read_all
    from agents.access.chain import parse, time_of

    if after:
        time_of(after)
    newest: deque[dict[str, Json]] = deque(maxlen=limit)
    for entry in read_all(platform(ctx, environment).audit_log, now=_now(), after=after):
        try:
            record = parse(entry.text)
        except InvalidError as error:
            typer.echo(f"record {entry.id}: {error.message}. Run qm audit verify.", err=True)
            continue
        if not (denied and record.decision.allowed) and subject in {"", record.decision.subject}:
            newest.append(json.loads(entry.text))
    show(list(newest), output, lambda: "\n".join(map(_line, newest)) or "No decision fits.")


@app.command(epilog="Example: qm audit export june && qm audit verify june")
def export(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    environment: Environment = "dev",
) -> None:
    """Write all records, their anchors and the public key into a folder, which `verify` needs nothing else for."""
    from agents.cli.audit_files import export as write

    laptop = platform(ctx, environment)
    count = write(folder, laptop.audit_log, laptop.anchors, laptop.signer, now=_now())
    typer.echo(f"{count:,} records are in {folder}. Next: qm audit verify {folder}")


@app.command(epilog="Example: qm audit verify june --key key-as-i-know-it.pem")
def verify(
    ctx: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="An exported audit; this laptop's if left out.")] = None,
    key: Annotated[
        Path | None, typer.Option(help="The public key, from elsewhere than the folder; its own if left out.")
    ] = None,
    least_anchor: Annotated[int, typer.Option(min=0, help="The number that the last anchor must have.")] = 0,
    environment: Environment = "dev",
    output: Output = Format.TABLE,
) -> None:
    """Find every change, gap or cut in the audit; exit 1 when there is one."""
    from agents.access.audit_verify import verify as check
    from agents.cli.audit_files import ANCHORS, KEY, RECORDS, anchor_lines, file_lines, record_lines

    if folder is not None:
        public = _read(key or folder / KEY)
        anchors, records = file_lines(folder / ANCHORS), file_lines(folder / RECORDS)
    else:
        laptop = platform(ctx, environment)
        public = _read(key) if key else laptop.signer.public_key()
        anchors, records = anchor_lines(laptop.anchors), record_lines(laptop.audit_log, now=_now())
    report = check(records, anchors, public, least_anchor=least_anchor, now=_now())
    fingerprint = sha256(public)
    show(_as_json(report, fingerprint), output, lambda: _text(report, fingerprint))
    if report.findings:
        raise typer.Exit(_BROKEN)


@app.command(epilog="Example: qm audit anchor && qm audit verify")
def anchor(ctx: typer.Context, environment: Environment = "dev") -> None:
    """Sign what was decided up to now; `qm serve` does so by itself every few minutes."""
    from agents.runtime.jobs import anchor_audit

    laptop = platform(ctx, environment)
    job = anchor_audit(laptop.audit_log, laptop.anchors, laptop.signer, tenant=DEFAULT_TENANT, now=_now)
    job(Deadline.after(_ANCHOR_S))
    typer.echo(f"Anchor {laptop.anchors.last()} is the last. Next: qm audit verify")


def _now() -> datetime:
    return datetime.now(UTC)


def _line(record: dict[str, Json]) -> str:
    allowed = "allowed" if record["allowed"] else "denied "
    who = record["subject"] or "(nobody)"
    line = f"{record['at']}  {allowed}  {who}  {record['action']}  {record['resource']}  {record['rule']}"
    # Names that strangers chose must not move the cursor.
    return "".join(character if character.isprintable() else "?" for character in line)


def _as_json(report: Report, fingerprint: str) -> dict[str, Json]:
    return {
        "ok": not report.findings,
        "proven_until": report.proven_until or None,
        "records": report.records,
        "writers": report.writers,
        "anchors": report.anchors,
        "last_anchor": report.last_anchor,
        "unproven": report.unproven,
        "ahead": report.ahead,
        "key": fingerprint,
        "findings": [dict(finding.as_json()) for finding in report.findings],
        "more_findings": report.more,
    }


def _text(report: Report, fingerprint: str) -> str:
    lines = [f"{': '.join(filter(None, (finding.where, finding.message)))}" for finding in report.findings]
    lines += [f"... and {report.more:,} more"] if report.more else []
    if lines:
        lines.append(f"NOT PROVEN: {len(report.findings) + report.more:,} findings in {report.records:,} records.")
    else:
        lines.append(
            f"Proven: {report.records - report.unproven:,} records are as they were written, and"
            f" {_whole(report.proven_until)} ({report.writers:,} writers; anchors: {report.anchors:,}, the last is"
            f" number {report.last_anchor})."
        )
    if report.ahead:
        lines.append(f"A clock was wrong: {report.ahead:,} records are dated later than now.")
    if report.unproven:
        lines.append(f"Not yet: {report.unproven:,} records are newer than the last anchor, and only fit each other.")
    lines.append(f"Key {fingerprint}: compare it with the one that you know.")
    return "\n".join(lines)


def _whole(until: str) -> str:
    return f"none from before {until} is missing" if until else "the next anchor says whether any is missing"


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFoundError(
            f"{path} cannot be read: {error.strerror}", fix="Give the public key's PEM file."
        ) from error
