"""The account of the stack `local`: the emulator on this machine, and no other, whoever the shell is signed in as."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

STACK: Final = "local"
ENDPOINT: Final = "AWS_ENDPOINT_URL"
RECORD: Final = Path(__file__).parents[2] / "var" / "local" / "emulator.json"  # where `qm up` says where it listens
_HERE: Final = re.compile(r"(http://127\.0\.0\.1:[1-9][0-9]{0,4})/?")


def use_emulator(environ: MutableMapping[str, str], record: Path = RECORD) -> None:
    """Makes the environment that of the emulator which it names, else of the one that was started here.

    Nothing else that is for AWS stays, nor counts what a file of the AWS tools says: one variable of many is enough to
    send a request to another place. Raises SetupError when there is no emulator.
    """
    url = _emulator(environ.get(ENDPOINT)) or _emulator(_recorded(record))
    if url is None:
        raise SetupError("the stack local is not up", fix="Run `qm up --stack local`.")
    for name in [one for one in environ if one.startswith("AWS_")]:
        del environ[name]
    environ.update(
        {
            ENDPOINT: url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    )


def _recorded(record: Path) -> object:
    try:
        return json.loads(record.read_text())["url"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _emulator(url: object) -> str | None:
    """The URL of a port on this machine, and nothing more in it; None for any other."""
    found = _HERE.fullmatch(url) if isinstance(url, str) else None
    return found[1] if found else None
