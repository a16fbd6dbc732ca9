"""A code or token that comes back by plain HTTP is anybody's on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import NotEvaluated
from .._rule import Severity, rule
from .._scalars import texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


HERE: Final = ("http://localhost", "http://127.0.0.1", "http://[::1]")  # never leaves the machine
PLACES: Final = ("callbackUrls", "logoutUrls", "defaultRedirectUri")


@rule(
    id="cognito-callbacks-encrypted",
    title="Sign-ins come back by HTTPS",
    applies_to="aws:cognito/userPoolClient:UserPoolClient",
    severity=Severity.HIGH,
    fix="Use https addresses; only localhost may do without.",
    frameworks=("NIST 800-53:SC-8",),
    unique=True,
    ok=(
        {},
        {"callbackUrls": ["https://qm.example.com/back", "http://localhost:8400/back", "quartermaster://back"]},
    ),
    bad=(
        {"callbackUrls": ["http://qm.example.com/back"]},
        {"logoutUrls": ["https://qm.example.com/", "http://qm.example.com/"]},
        {"callbackUrls": ["http://localhost.example.com/back"]},
        {"defaultRedirectUri": "http://qm.example.com/back"},
    ),
)
def callbacks_encrypted(client: Resource) -> Iterator[str | NotEvaluated]:
    for path in PLACES:
        read = texts(client, path)
        if read.unknown:
            yield NotEvaluated(path)
        plain = [one for one in read.values if one.lower().startswith("http://") and not _here(one)]
        if plain:
            yield f"{path} has {', '.join(plain)}"


def _here(address: str) -> bool:
    return any(address == here or address.startswith((f"{here}:", f"{here}/")) for here in HERE)
