"""A stolen token works until it ends; nothing takes an access token back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .._resource import Found
from .._rule import Of, Parameter, Severity, rule
from .._scalars import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .._resource import Resource


CLIENT: Final = "aws:cognito/userPoolClient:UserPoolClient"
MINUTES: Final = {"seconds": 1 / 60, "minutes": 1, "hours": 60, "days": 24 * 60}
# Property -> its unit when none is given, and its value when none is set.
OWN: Final = {"accessToken": ("hours", 1), "idToken": ("hours", 1), "refreshToken": ("days", 30)}


@rule(
    id="cognito-token-lifetimes",
    title="Tokens end before long",
    applies_to=CLIENT,
    severity=Severity.MEDIUM,
    fix="Set access_token_validity, id_token_validity, refresh_token_validity and token_validity_units.",
    frameworks=("NIST 800-53:AC-12", "NIST 800-53:IA-5(13)"),
    unique=True,
    parameters={
        "most_minutes": Parameter(60, "Longest life of an access or identity token, in minutes."),
        "most_days": Parameter(30, "Longest life of a refresh token, in days."),
    },
    ok=(
        {},
        {"accessTokenValidity": 60, "tokenValidityUnits": {"accessToken": "minutes"}},
        Of({"refreshTokenValidity": 1}, config={"most_days": 1}),
        Of(
            {
                "accessTokenValidity": 5,
                "idTokenValidity": 5,
                "tokenValidityUnits": {"accessToken": "minutes", "idToken": "minutes"},
            },
            config={"most_minutes": 5},
        ),
    ),
    bad=(
        {"accessTokenValidity": 24},
        {"idTokenValidity": "90", "tokenValidityUnits": {"idToken": "minutes"}},
        {"refreshTokenValidity": 3650},
        Of({}, config={"most_minutes": 15}),
        Of({}, config={"most_days": 1}),
    ),
)
def token_lifetimes(client: Resource) -> Iterator[Found]:
    short, long = int(client.config["most_minutes"]), int(client.config["most_days"]) * 24 * 60
    for token, (default, value) in OWN.items():
        unit = client.text(f"tokenValidityUnits.{token}") or default
        given = amount(client.known(f"{token}Validity")) or value  # 0 stands for Cognito's own
        most = short if default == "hours" else long
        if given * MINUTES.get(unit, 1) > most:
            yield Found(token, f"{token}Validity is {given:g} {unit}, at most {most} minutes are allowed")
