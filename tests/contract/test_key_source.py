"""What the HTTP `KeySource` promises, against a real server on loopback."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from agents.adapters.jwks import MAX_BYTES, HttpKeySource
from agents.errors import SetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = [{"kid": "one", "kty": "RSA"}]
ANSWERS = {
    "/good": (200, json.dumps({"keys": KEYS}).encode()),
    "/not-json": (200, b"<html>"),
    "/no-keys": (200, b"[]"),
    "/odd-keys": (200, b'{"keys": ["one"]}'),
    "/large": (200, b" " * (MAX_BYTES + 1)),
    "/broken": (500, b""),
    "/elsewhere": (302, b""),
}


class Issuer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/slow":
            self.server.done.wait(5)  # type: ignore[attr-defined]  # set by the fixture
            return
        status, body = ANSWERS[self.path]
        self.send_response(status)
        self.send_header("Location", "/good")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def issuer() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Issuer)
    server.done = threading.Event()  # type: ignore[attr-defined]  # ends the slow answer
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.done.set()  # type: ignore[attr-defined]  # see above
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_are_fetched(issuer: str) -> None:
    """The keys of the document, as they are."""
    assert HttpKeySource(f"{issuer}/good").fetch() == KEYS


@pytest.mark.parametrize("path", [path for path in ANSWERS if path != "/good"])
def test_anything_else_is_unavailable(issuer: str, path: str) -> None:
    """Not JSON, no key set, too large, an error, or a way to somewhere else: no keys."""
    with pytest.raises(UnavailableError):
        HttpKeySource(issuer + path).fetch()


def test_a_silent_issuer_is_given_up(issuer: str) -> None:
    """Sign-in does not hang on an issuer that does not answer."""
    with pytest.raises(UnavailableError):
        HttpKeySource(f"{issuer}/slow", timeout_s=0.1).fetch()


def test_an_issuer_that_is_away_is_unavailable() -> None:
    """A refused connection is our error, not the socket's."""
    with pytest.raises(UnavailableError):
        HttpKeySource("http://127.0.0.1:9/keys").fetch()


def test_only_http_addresses_are_taken() -> None:
    """A file is no issuer."""
    with pytest.raises(SetupError):
        HttpKeySource("file:///etc/passwd")
