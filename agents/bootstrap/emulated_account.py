"""The account of the stack `local`: the emulator on this machine, and no other, whoever the shell is signed in as."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError

if TYPE_CHECKING:
    from collections.abc import MutableMapping

STACK: Final = "local"
ENDPOINT: Final = "AWS_ENDPOINT_URL"
RECORD: Final = Path(__file__).parents[2] / "var" / "local" / "emulator.json"  # where `qm up` says where it listens
_HERE: Final = "http://127.0.0.1:"


def use_emulator(environ: MutableMapping[str, str], record: Path = RECORD) -> None:
    """Makes the environment that of the emulator. One that names an emulator on this machine stays as it is.

    Raises SetupError when there is none.
    """
    if environ.get(ENDPOINT, "").startswith(_HERE):
        return
    try:
        url = json.loads(record.read_text())["url"]
    except (OSError, ValueError, KeyError, TypeError):
        url = None
    if not (isinstance(url, str) and url.startswith(_HERE)):
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
        }
    )
