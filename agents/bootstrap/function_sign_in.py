"""How a deployed function verifies tokens: by the user pool that its environment names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from agents.access.sign_in import SignIn
from agents.access.tokens import Verifier
from agents.adapters.jwks import HttpKeySource
from agents.contract import Env

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agents.telemetry.measures import Measures


def function_sign_in(settings: Mapping[str, str], measures: Measures) -> SignIn:
    """The sign-in of a function with these settings."""
    verifier = Verifier(
        HttpKeySource(settings[Env.JWKS_URL]),
        issuer=settings[Env.ISSUER],
        audience=settings[Env.AUDIENCE],
        clock=time.time,
    )
    return SignIn(verifier, settings[Env.TENANT], measures)
