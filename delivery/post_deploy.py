"""What a stack needs after `pulumi up` before it can answer: data, base documents, people."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

from agents.contract import DEFAULT_TENANT
from agents.errors import SetupError
from delivery.people import make_people

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from delivery.emulator import Emulator
    from delivery.places import Places

USERS: Final = "users.json"
HOME: Final = "laptop"  # the laptop that the stack is compared with, and its sample data
_FILL_S: Final = 300


def post_deploy(places: Places, emulator: Emulator, outputs: Mapping[str, str], echo: Callable[[str], None]) -> None:
    """Fills the local stack; running it again changes nothing. Raises SetupError."""
    folder = places.stack("local")
    uploaded = _fill(places, emulator, outputs)
    client = aws_client("cognito-idp", emulator)
    try:
        new = make_people(client, outputs["user_pool_id"], folder / USERS)
    finally:
        client.close()
    echo(f"Sample data: {uploaded} files uploaded. People: {new} new, passwords in var/local/{USERS}.")


def aws_client(service: str, emulator: Emulator) -> Any:  # noqa: ANN401 - boto3 has no types
    """A client of the emulator, whatever account the shell is signed in to."""
    import boto3  # noqa: PLC0415 - 60 ms that only these commands pay

    given = emulator.environment
    return boto3.client(
        service,
        endpoint_url=given["AWS_ENDPOINT_URL"],
        region_name=given["AWS_REGION"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )


def laptop_environment(places: Places) -> dict[str, str]:
    """The environment of a laptop beside the stack: the same sample data, conversations of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_", "QM_"))}
    return kept | {"QM_HOME": str(places.stack("local") / HOME)}


def _fill(places: Places, emulator: Emulator, outputs: Mapping[str, str]) -> int:
    named = {
        "--bucket": outputs["data_bucket"],
        "--configuration-table": outputs["configuration_table"],
        "--tenant": DEFAULT_TENANT,
    }
    # A process of its own: its AWS settings must not leak into this one, nor this one's into it.
    done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-m", "agents.entry.fill_stack", *(word for pair in named.items() for word in pair)],
        cwd=places.root,
        env=laptop_environment(places) | emulator.environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=_FILL_S,
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise SetupError(f"loading the sample data failed: {last}", fix="Run `qm up` again: it goes on from there.")
    return int(done.stdout)
