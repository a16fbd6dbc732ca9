"""The sample's people in a user pool, and signing them in."""

from __future__ import annotations

import json
import secrets
import string
from typing import TYPE_CHECKING, Any, Final

from agents.errors import SetupError
from agents.supply_chain.sample_people import EVERYBODY
from delivery.engine_environment import write_private

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_KINDS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.!")
_LENGTH: Final = 24


def make_people(client: Any, pool: str, kept: Path) -> int:  # noqa: ANN401 - boto3 has no types
    """Everybody of the sample as a user in their groups; returns how many were new.

    Passwords are made here, at random, and kept in `kept`, which only its owner can read. Running it again changes
    nothing; a user whose password was lost gets a new one.
    """
    passwords = _read(kept)
    new = 0
    for person in EVERYBODY:
        try:
            client.admin_create_user(
                UserPoolId=pool,
                Username=person.subject,
                TemporaryPassword=password(secrets.choice),  # the pool's own may not fit its policy
                MessageAction="SUPPRESS",
            )
        except client.exceptions.UsernameExistsException:
            known = person.subject in passwords
        else:
            known = False
            new += 1
        if not known:
            passwords[person.subject] = password(secrets.choice)
            client.admin_set_user_password(
                UserPoolId=pool, Username=person.subject, Password=passwords[person.subject], Permanent=True
            )
            write_private(kept, json.dumps(passwords, indent=2))
        for group in person.groups:
            client.admin_add_user_to_group(UserPoolId=pool, Username=person.subject, GroupName=group)
    return new


def sign_in(client: Any, *, pool: str, app: str, subject: str, kept: Path) -> str:  # noqa: ANN401 - boto3 has no types
    """An access token for one of the sample's people."""
    passwords = _read(kept)
    if subject not in passwords:
        raise SetupError(f"there is no password for {subject} in {kept.name}", fix="Run `qm up` again.")
    answer = client.admin_initiate_auth(
        UserPoolId=pool,
        ClientId=app,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": subject, "PASSWORD": passwords[subject]},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])


def password(choice: Callable[[str], str]) -> str:
    """A password with every kind of character, about 140 bits when `choice` is fair."""
    return "".join(choice(kind) for kind in _KINDS) + "".join(choice("".join(_KINDS)) for _ in range(_LENGTH))


def _read(kept: Path) -> dict[str, str]:
    try:
        found: Mapping[str, str] = json.loads(kept.read_text())
    except (OSError, ValueError):
        return {}
    return dict(found)
