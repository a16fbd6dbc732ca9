"""What is remembered of a token that was found good, and when that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from agents.access.tokens import KEEP_S, LEEWAY_S, REFETCH_AFTER_S, Verifier
from agents.errors import UnauthenticatedError
from tests.agents.access.token_world import CLIENT, ISSUER, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from agents.access.principal import Claims
    from tests.agents.access.token_world import Clock, Issuer

    Make = Callable[..., str]
    Jwk = dict[str, Any]


class Counted(Verifier):
    """Counts how often a token is read in full."""

    read = 0

    def _read(self, claims: Mapping[str, object]) -> Claims:
        self.read += 1
        return super()._read(claims)


@pytest.fixture
def counted(issuer: Issuer, clock: Clock) -> Counted:
    return Counted(issuer, issuer=ISSUER, audience=CLIENT, clock=clock, max_verdicts=3)


def test_a_good_token_is_read_once(counted: Counted, make_token: Make) -> None:
    """The next request with it costs a lookup; a token that was never seen, or refused, is not remembered."""
    good, bad = make_token(), make_token(token_use="id")
    assert counted.recall(good) is None
    first = counted.verify(good)
    assert counted.verify(good) is first
    assert counted.recall(good) is first
    assert counted.read == 1
    for _ in range(2):
        with pytest.raises(UnauthenticatedError):
            counted.verify(bad)
    assert counted.read == 3


def test_a_verdict_ends_at_the_expiry_to_the_second(counted: Counted, make_token: Make, clock: Clock) -> None:
    """The leeway is for clocks that differ, not for memory: from `exp` on the token is read in full again."""
    token = make_token(exp=NOW + 100)
    counted.verify(token)
    clock.now = NOW + 99.999
    assert counted.recall(token)
    clock.now = NOW + 100
    assert counted.recall(token) is None
    assert counted.verify(token).subject == "wanda"  # within the leeway, on its own merit
    assert counted.recall(token) is None
    clock.now = NOW + 100 + LEEWAY_S
    with pytest.raises(UnauthenticatedError):
        counted.verify(token)


def test_a_verdict_ends_with_its_key(
    counted: Counted, make_token: Make, issuer: Issuer, public_jwk: Jwk, clock: Clock
) -> None:
    """When keys are read again a withdrawn one ends what it proved, also one that was replaced under its name."""
    stranger = jwt.algorithms.RSAAlgorithm.to_jwk(
        rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key(), as_dict=True
    )
    for keys in ([], [public_jwk | {"n": stranger["n"]}]):
        token = make_token(jti=repr(keys))
        issuer.keys = [public_jwk]
        clock.now += REFETCH_AFTER_S
        with pytest.raises(UnauthenticatedError):
            counted.verify(make_token(kid="other"))  # reads the keys
        counted.verify(token)
        issuer.keys = keys
        clock.now += REFETCH_AFTER_S
        with pytest.raises(UnauthenticatedError):
            counted.verify(make_token(kid="other"))
        assert counted.recall(token) is None
        with pytest.raises(UnauthenticatedError):
            counted.verify(token)


def test_remembered_tokens_do_not_keep_a_withdrawn_key(
    counted: Counted, make_token: Make, issuer: Issuer, clock: Clock
) -> None:
    """Keys are read again after their time also when every token is known."""
    token = make_token(exp=NOW + 3 * KEEP_S)
    counted.verify(token)
    issuer.keys = []
    clock.now += KEEP_S
    assert counted.recall(token) is None
    with pytest.raises(UnauthenticatedError):
        counted.verify(token)


def test_the_same_key_read_again_keeps_its_verdicts(counted: Counted, make_token: Make, clock: Clock) -> None:
    """A flood of unknown key ids makes the keys be read, and nobody else pay for it."""
    token = make_token()
    counted.verify(token)
    clock.now += REFETCH_AFTER_S
    with pytest.raises(UnauthenticatedError):
        counted.verify(make_token(kid="made-up"))
    assert counted.recall(token)


def test_verdicts_are_bounded(counted: Counted, make_token: Make) -> None:
    """The longest unused goes first."""
    tokens = [make_token(jti=str(n)) for n in range(4)]
    for token in tokens[:3]:
        counted.verify(token)
    counted.recall(tokens[0])
    counted.verify(tokens[3])
    assert [counted.recall(token) is not None for token in tokens] == [True, False, True, True]
