"""Chooses what proves a token by the token's form; what is chosen still proves all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import jwt

from agents.access import jws
from agents.access.api_keys import PREFIX
from agents.access.delegation import ALGORITHM as DELEGATED
from agents.errors import UnauthenticatedError

if TYPE_CHECKING:
    from agents.access.principal import Claims
    from agents.access.sign_in import Credentials


@dataclass(frozen=True, kw_only=True)
class ByForm:
    """`Credentials` of people, and where they are given of machines and of delegations.

    The API takes people and machines; functions behind it take people and delegations. What is not given is refused,
    so that a delegation opens nothing but the data plane, and a machine's key nothing but the API.
    """

    people: Credentials
    machines: Credentials | None = None
    delegated: Credentials | None = None

    def verify(self, token: str) -> Claims:
        return self._chosen(token).verify(token)

    def recall(self, token: str) -> Claims | None:
        try:
            return self._chosen(token).recall(token)
        except UnauthenticatedError:
            return None

    def _chosen(self, token: str) -> Credentials:
        if token.startswith(PREFIX):
            if self.machines is None:
                raise UnauthenticatedError("keys are not taken here", fix="Sign in.")
            return self.machines
        if self.delegated is not None and _algorithm(token) == DELEGATED:
            return self.delegated
        return self.people


def _algorithm(token: str) -> object:
    try:
        return jws.header(token).get("alg") if jws.well_formed(token) else None
    except jwt.PyJWTError:
        return None
