"""Who reads `orders-prod` in a dev stack deletes, or spares, the wrong thing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .._names import FUNCTION, LOGS, NAMES
from .._rule import Of, Parameter, Severity, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource

SAME: Final = {
    "development": "dev",
    "production": "prod",
    "prd": "prod",
    "stage": "staging",
    "stg": "staging",
}
WORDS: Final = re.compile(r"[^A-Za-z0-9]+")


@rule(
    id="name-other-environment",
    title="No physical name says another environment",
    applies_to=tuple(NAMES),
    severity=Severity.HIGH,
    fix="Take the environment in the name from the stack's settings.",
    unique=True,
    parameters={
        "environment": Parameter("", "The environment of the stack; its name when empty."),
        "environments": Parameter(
            ("dev", "staging", "prod", "qa", "uat", *SAME), "Words that mean an environment when a name has them."
        ),
    },
    ok=(
        Of({"name": "qm-api-dev"}, FUNCTION, {"environment": "dev"}),
        Of({"name": "qm-api-production"}, FUNCTION, {"environment": "prod"}),
        Of({"name": "qm-products-dev"}, FUNCTION),
        Of({"name": "qm-qa-dev"}, FUNCTION, {"environments": ["prod"]}),
        Of({"name": "qm-dev-tools-pr-12"}, FUNCTION, {"environment": "pr-12", "environments": ["prod"]}),
    ),
    bad=(
        Of({"name": "qm-api-prod"}, FUNCTION, {"environment": "dev"}),
        Of({"name": "/aws/lambda/qm_Staging_api"}, LOGS, {"environment": "dev"}),
        Of({"name": "qm-prod-api-dev"}, FUNCTION),
    ),
)
def name_other_environment(resource: Resource) -> Iterator[str]:
    key = NAMES[resource.type].key
    name = resource.text(key)
    own = (resource.config["environment"] or resource.stack).casefold()
    mine = {_one(word) for word in (own, *WORDS.split(own))}
    named = {word for word in WORDS.split(name.casefold()) if word in set(resource.config["environments"])}
    if others := sorted(word for word in named if _one(word) not in mine):
        yield f"{key} {name!r} says {', '.join(others)}, the stack is {own}"


def _one(word: str) -> str:
    return SAME.get(word, word)
