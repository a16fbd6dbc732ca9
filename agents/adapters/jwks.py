"""The public keys of a token issuer, fetched over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final

from agents.errors import SetupError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMEOUT_S: Final = 3.0
MAX_BYTES: Final = 64 * 1024


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Keys come from the issuer's address and from nowhere it may point to."""

    def redirect_request(self, *_: object) -> None:
        return None


class HttpKeySource:
    """A `KeySource`. `url` comes from the stack, never from a token."""

    def __init__(self, url: str, *, timeout_s: float = TIMEOUT_S) -> None:
        if not url.startswith(("https://", "http://")):
            raise SetupError(f"{url!r} is no address of keys", fix="Deploy the stack again.")
        self._url = url
        self._timeout_s = timeout_s
        self._opener = urllib.request.build_opener(_NoRedirect)

    def fetch(self) -> Sequence[Mapping[str, str]]:
        try:
            with self._opener.open(self._url, timeout=self._timeout_s) as answer:
                text = answer.read(MAX_BYTES + 1)
        except (urllib.error.URLError, OSError) as error:
            raise self._unavailable("cannot be read") from error
        if len(text) > MAX_BYTES:
            raise self._unavailable(f"are more than {MAX_BYTES:,} bytes")
        try:
            document = json.loads(text)
        except ValueError as error:
            raise self._unavailable("are not JSON") from error
        keys = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise self._unavailable("are not a JWK set")
        return keys

    def _unavailable(self, what: str) -> UnavailableError:
        return UnavailableError(f"the issuer's keys at {self._url} {what}", fix="Try again in a moment.")
