"""Which tokens are taken, and which are not."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from agents.access.jws import MAX_TOKEN_CHARS
from agents.access.tokens import LEEWAY_S, REFETCH_AFTER_S, RETRY_AFTER_S, Verifier, parse_groups
from agents.adapters.jwks import HttpKeySource
from agents.errors import UnauthenticatedError, UnavailableError
from tests.agents.access.token_world import CLIENT, ISSUER, NOW, Issuer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.agents.access.token_world import Clock

    Make = Callable[..., str]
    Jwk = dict[str, Any]


@pytest.fixture
def verifier(issuer: Issuer, clock: Clock) -> Verifier:
    return Verifier(issuer, issuer=ISSUER, audience=CLIENT, clock=clock)


def test_a_genuine_token_gives_its_claims(verifier: Verifier, make_token: Make) -> None:
    """Subject, groups and expiry come from the token."""
    claims = verifier.verify(make_token())
    assert (claims.subject, claims.groups, claims.expires_at) == ("wanda", {"warehouse_manager"}, NOW + 3600)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "urn:somebody:else"},
        {"iss": None},
        {"client_id": "another"},
        {"client_id": None},
        {"client_id": None, "aud": CLIENT},
        {"token_use": "id"},
        {"token_use": None},
        {"username": None},
        {"username": ""},
        {"username": 7},
        {"username": "wanda' OR '1'='1"},
        {"username": "wanda\n"},
        {"username": "w" * 129},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": [NOW + 3600]},
        {"exp": True},
        {"exp": 0},
        {"iat": None},
        {"iat": "yesterday"},
        {"nbf": NOW + 3600},
        {"nbf": "soon"},
    ],
    ids=str,
)
def test_a_claim_that_is_not_ours_is_refused(verifier: Verifier, make_token: Make, claims: dict[str, object]) -> None:
    """A genuine signature does not help a token that was made for something else, or says nonsense."""
    with pytest.raises(UnauthenticatedError):
        verifier.verify(make_token(**claims))


@pytest.mark.parametrize(
    ("claims", "accepted"),
    [
        ({"exp": NOW - LEEWAY_S + 1}, True),
        ({"exp": NOW - LEEWAY_S}, False),
        ({"exp": NOW - 3600}, False),
        ({"iat": NOW + LEEWAY_S}, True),
        ({"iat": NOW + LEEWAY_S + 1}, False),
        ({"nbf": NOW + LEEWAY_S}, True),
        ({"nbf": NOW + LEEWAY_S + 1}, False),
    ],
    ids=str,
)
def test_clocks_may_differ_by_the_leeway(
    verifier: Verifier, make_token: Make, claims: dict[str, object], *, accepted: bool
) -> None:
    """Expiry and start are forgiven up to the leeway, to the second, and not beyond."""
    token = make_token(**claims)
    if accepted:
        assert verifier.verify(token).subject == "wanda"
    else:
        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)


def test_a_token_that_was_good_ends_at_its_expiry(verifier: Verifier, make_token: Make, clock: Clock) -> None:
    """What was remembered of it does not help: the same token is refused once it has expired."""
    token = make_token()
    verifier.verify(token)
    clock.now = NOW + 3600 + LEEWAY_S
    with pytest.raises(UnauthenticatedError):
        verifier.verify(token)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_only_rs256_is_taken(
    verifier: Verifier, make_token: Make, private_key: rsa.RSAPrivateKey, algorithm: str
) -> None:
    """Another algorithm of the right key is still another algorithm."""
    claims = jwt.decode(make_token(), options={"verify_signature": False})
    with pytest.raises(UnauthenticatedError):
        verifier.verify(jwt.encode(claims, private_key, algorithm=algorithm, headers={"kid": "one"}))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "...", "a.b.c", "é.é.é", "\ud800.a.b", "null.null.null", "e30.e30.e30", "\0", "Bearer x"]
)
def test_what_is_no_token_is_refused(verifier: Verifier, token: str) -> None:
    """Whatever stands where a token should, the answer is the same error."""
    with pytest.raises(UnauthenticatedError):
        verifier.verify(token)


def test_an_oversized_token_is_refused_unread(verifier: Verifier, make_token: Make, issuer: Issuer) -> None:
    """A token longer than any of ours costs neither parsing nor a request for keys."""
    token = make_token(padding="x" * MAX_TOKEN_CHARS)
    with pytest.raises(UnauthenticatedError):
        verifier.verify(token)
    assert issuer.fetched == 0


def test_a_flood_of_unknown_keys_costs_one_fetch_a_minute(
    verifier: Verifier, make_token: Make, issuer: Issuer, clock: Clock
) -> None:
    """However many unknown key ids arrive, the issuer is asked at most once a minute."""
    flood = [make_token(kid=f"made-up-{n}") for n in range(30)]
    for _ in range(3):
        for token in flood:
            with pytest.raises(UnauthenticatedError):
                verifier.verify(token)
    assert issuer.fetched == 1
    clock.now += REFETCH_AFTER_S - 0.001
    with pytest.raises(UnauthenticatedError):
        verifier.verify(flood[0])
    assert issuer.fetched == 1
    clock.now += 0.001
    for token in flood:
        with pytest.raises(UnauthenticatedError):
            verifier.verify(token)
    assert issuer.fetched == 2
    assert verifier.verify(make_token()).subject == "wanda"  # good tokens go on through it all
    assert issuer.fetched == 2


def test_a_new_key_of_the_issuer_is_found(
    verifier: Verifier, make_token: Make, issuer: Issuer, public_jwk: Jwk, clock: Clock
) -> None:
    """After a rotation the new key counts within a minute, and the old one no longer."""
    verifier.verify(make_token())
    issuer.keys = [public_jwk | {"kid": "two"}]
    clock.now += REFETCH_AFTER_S
    assert verifier.verify(make_token(kid="two")).subject == "wanda"
    with pytest.raises(UnauthenticatedError):
        verifier.verify(make_token(kid="one"))


def test_an_issuer_that_is_away_is_no_verdict(
    verifier: Verifier, make_token: Make, issuer: Issuer, clock: Clock
) -> None:
    """When the keys cannot be read the error says try again, and the issuer is left alone for a moment."""
    issuer.away = True
    for _ in range(10):
        with pytest.raises(UnavailableError):
            verifier.verify(make_token())
    assert issuer.fetched == 1
    issuer.away = False
    clock.now += RETRY_AFTER_S
    assert verifier.verify(make_token()).subject == "wanda"


def test_an_issuer_that_goes_away_later_leaves_known_keys_in_force(
    verifier: Verifier, make_token: Make, issuer: Issuer, clock: Clock
) -> None:
    """Tokens of keys that were read are verified while the issuer is away."""
    verifier.verify(make_token())
    issuer.away = True
    clock.now += REFETCH_AFTER_S
    with pytest.raises(UnavailableError):
        verifier.verify(make_token(kid="new"))
    assert verifier.verify(make_token()).subject == "wanda"


def test_one_broken_key_does_not_hide_the_others(
    verifier: Verifier, make_token: Make, issuer: Issuer, public_jwk: Jwk
) -> None:
    """A key that cannot be read is passed over."""
    issuer.keys = [public_jwk | {"kid": "broken", "n": "%%%"}, {"kty": "RSA", "kid": "empty"}, public_jwk]
    assert verifier.verify(make_token()).subject == "wanda"


@pytest.mark.parametrize(
    "changed",
    [
        {"use": "enc"},
        {"key_ops": ["sign"]},
        {"key_ops": ["encrypt", "wrapKey"]},
        {"key_ops": "verify"},
        {"key_ops": []},
        {"alg": "RS512"},
        {"alg": "RSA-OAEP"},
        {"kty": "oct"},
        {"kid": 1},
    ],
    ids=str,
)
def test_a_key_for_another_use_verifies_nothing(make_token: Make, public_jwk: Jwk, clock: Clock, changed: Jwk) -> None:
    """A key that its issuer shows for encryption, signing or another algorithm is not taken for verification."""
    verifier = Verifier(Issuer(public_jwk | changed), issuer=ISSUER, audience=CLIENT, clock=clock)
    with pytest.raises(UnauthenticatedError):
        verifier.verify(make_token())


@pytest.mark.parametrize("kept", [{"use": "sig"}, {"key_ops": ["verify"]}, {"key_ops": ["verify", "sign"]}, {}])
def test_a_key_that_may_verify_is_taken(make_token: Make, public_jwk: Jwk, clock: Clock, kept: Jwk) -> None:
    """`use` and `key_ops` may be missing; where they stand they must allow verification."""
    bare = {name: value for name, value in public_jwk.items() if name not in {"use", "alg"}}
    verifier = Verifier(Issuer(bare | kept), issuer=ISSUER, audience=CLIENT, clock=clock)
    assert verifier.verify(make_token()).subject == "wanda"


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        (["a", "b"], ["a", "b"]),
        (["a", 7, None, ["b"]], ["a"]),
        ([], []),
        ("[a b]", ["a", "b"]),
        ("a", ["a"]),
        ("[a]", ["a"]),
        ("[]", []),
        ("", []),
        (None, []),
        (7, []),
        (True, []),
        ({"a": 1}, []),
    ],
    ids=repr,
)
def test_groups_come_as_a_list_or_as_the_text_of_one(claim: object, groups: list[str]) -> None:
    """API Gateway turns a list into the text `[a b]`; anything else gives no groups, so no rights."""
    assert sorted(parse_groups(claim)) == groups


@pytest.mark.parametrize(
    ("groups", "as_text"),
    [
        (["warehouse_manager access-admin"], ""),
        (["[access-admin]"], "[[access-admin]]"),
        (["access-admin]"], "[access-admin]]"),
        (["x,access-admin"], "[x,access-admin]"),
        (["x, access-admin"], "[x, access-admin]"),
        (["x\taccess-admin"], "[x\taccess-admin]"),
        (["x\u00a0access-admin"], "[x\u00a0access-admin]"),
        (["x\u2028access-admin"], "x\u2028access-admin"),
        (['"access-admin"'], '["access-admin"]'),
        (["x] [access-admin"], "[x] [access-admin]"),
        (["x][access-admin"], "[x][access-admin]"),
        ([" access-admin", "access-admin "], " access-admin"),
        (["x", "access-admin,"], "[x access-admin,]"),
        ([""], "[x  access-admin]"),
    ],
    ids=repr,
)
def test_a_crafted_name_gives_no_other_group(groups: list[str], as_text: str) -> None:
    """A group called like others with a space, bracket, comma or quote is itself in a list, and nothing in a text."""
    assert parse_groups(groups) == set(groups)
    assert not parse_groups(as_text)


def test_a_key_that_is_too_short_verifies_nothing(make_token: Make, clock: Clock) -> None:
    """1,024 bits can be factored."""
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(short.public_key(), as_dict=True)
    verifier = Verifier(
        Issuer({"kid": "one", **{part: jwk[part] for part in ("kty", "n", "e")}}),
        issuer=ISSUER,
        audience=CLIENT,
        clock=clock,
    )
    with pytest.raises(UnauthenticatedError):
        verifier.verify(make_token())


@pytest.fixture
def served(public_jwk: Jwk) -> Iterator[tuple[str, list[str]]]:
    """The address of a real server of keys, and every path that was asked of it."""
    asked: list[str] = []

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = json.dumps({"keys": [public_jwk]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/keys", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_flood_costs_a_real_issuer_one_request_a_minute(
    served: tuple[str, list[str]], make_token: Make, clock: Clock
) -> None:
    """Ten minutes of made-up key ids from several threads: ten requests for keys, and good tokens pass throughout."""
    url, asked = served
    verifier = Verifier(HttpKeySource(url), issuer=ISSUER, audience=CLIENT, clock=clock)
    good = make_token()
    flood = [make_token(kid=f"../{n}?{url}") for n in range(50)]
    taken: list[str] = []

    def attack() -> None:
        for token in flood:
            try:
                taken.append(verifier.verify(token).subject)
            except UnauthenticatedError:
                assert verifier.verify(good).subject == "wanda"

    for _ in range(10):
        threads = [threading.Thread(target=attack) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        clock.now += REFETCH_AFTER_S
    assert not taken
    assert asked == ["/keys"] * 10
