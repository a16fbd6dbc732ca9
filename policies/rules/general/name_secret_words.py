"""Names stand in logs, URLs and invoices: what is secret, or says where a secret lies, does not belong there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._names import BUCKET, FUNCTION, NAMES
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

HOLDERS: Final = {"aws:secretsmanager/secret:Secret", "aws:ssm/parameter:Parameter", "aws:kms/alias:Alias"}
TYPES: Final = tuple(one for one in NAMES if one not in HOLDERS)
LIKE_A_KEY: Final = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{36}|xox[abpr]-[A-Za-z0-9-]{10,}")
SPLIT: Final = re.compile(r"[^A-Za-z0-9]+")


@rule(
    id="name-secret-words",
    title="No physical name holds a secret or advertises one",
    applies_to=TYPES,
    severity=Severity.MEDIUM,
    fix="Name the resource by what it does.",
    unique=True,
    parameters={
        "words": Parameter(
            ("apikey", "credential", "credentials", "passwd", "password", "passwords", "privatekey"),
            "Words that no name has; secrets, parameters and key aliases are left out.",
        )
    },
    ok=(
        Of({"name": "qm-rotation-dev"}, FUNCTION),
        Of({"name": "qm-password-reset-dev"}, FUNCTION, {"words": ["credential"]}),
        Of({"name": "qm-passwordless-dev"}, FUNCTION),
    ),
    bad=(
        Of({"bucket": "qm-passwords-dev"}, BUCKET),
        Of({"name": "qm-AKIAIOSFODNN7EXAMPLE-dev"}, FUNCTION),
        Of({"name": "qm-pin-dev"}, FUNCTION, {"words": ["pin"]}),
    ),
)
def name_secret_words(resource: Resource) -> Iterator[str]:
    key = NAMES[resource.type].key
    name = resource.text(key)
    if LIKE_A_KEY.search(name):
        yield f"{key} holds what looks like an access key"
        return
    found = sorted(set(SPLIT.split(name.casefold())) & set(resource.config["words"]))
    if found:
        yield f"{key} {name!r} has the word {', '.join(found)}"
